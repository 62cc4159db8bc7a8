// race: none
#include <ntddk.h>

typedef struct _BOX {
    ULONG Value;
} BOX, *PBOX;

static PBOX Box;
static LONG Users = 2;

static VOID Leave(PBOX Mine)
{
    if (InterlockedDecrement(&Users) == 0) {
        ExFreePoolWithTag(Mine, ' xoB');
    }
}

static VOID Fill(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Box->Value = 3; // <- here
    Leave(Box);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Look(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    DbgPrint("%s\n", Box->Value == 3 ? "filled" : "empty"); // <- and here
    Leave(Box);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    Box = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(BOX), ' xoB');
    if (Box == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Fill, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Look, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
