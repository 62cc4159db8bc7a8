/* eresource.c - shared and exclusive access to a table
 *
 * On Windows: three readers may be in the table at once, the writer alone; "table holds 5" at the end.
 * Here: ERESOURCEs are not simulated; ExInitializeResourceLite is refused by its name.
 */
#include <ntifs.h>

typedef struct _TABLE
{
  ERESOURCE Resource;
  ULONG     Count;
  ULONG     Entries[16];
} TABLE, *PTABLE;

static TABLE Table;
static KEVENT WriterDone;

static BOOLEAN TableFind(PTABLE T, ULONG Entry)
{
  BOOLEAN Found = FALSE;

  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&T->Resource, TRUE);
  for (ULONG i = 0; i < T->Count && !Found; i++)
    Found = T->Entries[i] == Entry;
  ExReleaseResourceLite(&T->Resource);
  KeLeaveCriticalRegion();
  return Found;
}

static VOID TableAdd(PTABLE T, ULONG Entry)
{
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&T->Resource, TRUE);
  if (T->Count < RTL_NUMBER_OF(T->Entries))
    T->Entries[T->Count++] = Entry;
  ExReleaseResourceLite(&T->Resource);
  KeLeaveCriticalRegion();
}

static VOID Writer(PVOID Context)
{
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < 5; i++)
    TableAdd(&Table, i * i);
  KeSetEvent(&WriterDone, IO_NO_INCREMENT, FALSE);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
  HANDLE Thread;
  NTSTATUS Status;

  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);

  KeInitializeEvent(&WriterDone, NotificationEvent, FALSE);
  Status = ExInitializeResourceLite(&Table.Resource);
  if (!NT_SUCCESS(Status))
    return Status;

  Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Writer, NULL);
  if (NT_SUCCESS(Status))
  {
    ZwClose(Thread);
    KeWaitForSingleObject(&WriterDone, Executive, KernelMode, FALSE, NULL);
    DbgPrint("table holds %lu, 16 is %sthere\n", Table.Count, TableFind(&Table, 16) ? "" : "not ");
  }
  ExDeleteResourceLite(&Table.Resource);
  return Status;
}
