/*
 * logger.c
 *
 * A log that is written behind the callers' backs: callers put lines into a list, one thread writes them.
 *
 * Outcome: each of two clients logs LINES lines. The writer takes all lines there are, oldest first, and appends them
 * to C:\Temp\driver.log. DriverUnload asks the writer to stop; it first writes what is left. After that the file has
 * 2 * LINES lines of 16 bytes, those of one client in their order, and no pool is left.
 */
#include <ntddk.h>
#include <ntstrsafe.h>

#define LOG_TAG  'goLK'
#define LINES    3
#define LINE_MAX_BYTES 32

typedef struct _LOG_LINE {
	LIST_ENTRY	Link;
	SIZE_T		Length;
	CHAR		Text[LINE_MAX_BYTES];
} LOG_LINE, *PLOG_LINE;

static struct {
	LIST_ENTRY	Lines;
	FAST_MUTEX	Lock;
	KEVENT		Ready;		/* synchronization: lines to write, or to stop */
	BOOLEAN		Stopping;
	LONG		Allocated;
	HANDLE		File;
	PVOID		Threads[3];
} Log;

static NTSTATUS
LogLine(const char *who, int number)
{
	PLOG_LINE line;
	NTSTATUS status;

	line = (PLOG_LINE)ExAllocatePoolWithTag(NonPagedPool, sizeof(LOG_LINE), LOG_TAG);
	if (line == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	InterlockedIncrement(&Log.Allocated);
	status = RtlStringCbPrintfA(line->Text, sizeof(line->Text), "%-6s line %3d\n", who, number);
	if (!NT_SUCCESS(status)) {
		ExFreePoolWithTag(line, LOG_TAG);
		InterlockedDecrement(&Log.Allocated);
		return status;
	}
	RtlStringCbLengthA(line->Text, sizeof(line->Text), &line->Length);
	ExAcquireFastMutex(&Log.Lock);
	InsertTailList(&Log.Lines, &line->Link);
	ExReleaseFastMutex(&Log.Lock);
	KeSetEvent(&Log.Ready, IO_NO_INCREMENT, FALSE);
	return STATUS_SUCCESS;
}

static void
WriteAll(void)
{
	for (;;) {
		PLIST_ENTRY entry = NULL;
		PLOG_LINE line;
		IO_STATUS_BLOCK iosb;

		ExAcquireFastMutex(&Log.Lock);
		if (!IsListEmpty(&Log.Lines))
			entry = RemoveHeadList(&Log.Lines);
		ExReleaseFastMutex(&Log.Lock);
		if (entry == NULL)
			break;
		line = CONTAINING_RECORD(entry, LOG_LINE, Link);
		ZwWriteFile(Log.File, NULL, NULL, NULL, &iosb, line->Text, (ULONG)line->Length, NULL, NULL);
		ExFreePoolWithTag(line, LOG_TAG);
		InterlockedDecrement(&Log.Allocated);
	}
}

static void
Writer(void *unused)
{
	BOOLEAN stopping;
	(void)unused;
	do {
		KeWaitForSingleObject(&Log.Ready, Executive, KernelMode, FALSE, NULL);
		ExAcquireFastMutex(&Log.Lock);
		stopping = Log.Stopping;
		ExReleaseFastMutex(&Log.Lock);
		WriteAll();
	} while (!stopping);
	ZwClose(Log.File);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
Client(void *name)
{
	int i;
	for (i = 0; i < LINES; i++)
		LogLine((const char *)name, i);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
Unload(PDRIVER_OBJECT DriverObject)
{
	int i;
	(void)DriverObject;
	/* the clients first: nobody logs after Stopping */
	for (i = 2; i >= 0; i--) {
		if (i == 0) {
			ExAcquireFastMutex(&Log.Lock);
			Log.Stopping = TRUE;
			ExReleaseFastMutex(&Log.Lock);
			KeSetEvent(&Log.Ready, IO_NO_INCREMENT, FALSE);
		}
		KeWaitForSingleObject(Log.Threads[i], Executive, KernelMode, FALSE, NULL);
		ObDereferenceObject(Log.Threads[i]);
	}
	DbgPrint("logger: %d blocks left\n", Log.Allocated);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	static PKSTART_ROUTINE const routines[] = { Writer, Client, Client };
	static char *names[] = { NULL, "red", "green" };
	UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\??\\C:\\Temp\\driver.log");
	OBJECT_ATTRIBUTES oa;
	IO_STATUS_BLOCK iosb;
	HANDLE thread;
	NTSTATUS status;
	int i;

	(void)RegistryPath;
	InitializeListHead(&Log.Lines);
	ExInitializeFastMutex(&Log.Lock);
	KeInitializeEvent(&Log.Ready, SynchronizationEvent, FALSE);
	InitializeObjectAttributes(&oa, &path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
	status = ZwCreateFile(&Log.File, FILE_APPEND_DATA | SYNCHRONIZE, &oa, &iosb, NULL, 0, FILE_SHARE_READ,
	    FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
	if (!NT_SUCCESS(status))
		return status;
	for (i = 0; i < 3; i++) {
		PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, routines[i], names[i]);
		ObReferenceObjectByHandle(thread, SYNCHRONIZE, *PsThreadType, KernelMode, &Log.Threads[i], NULL);
		ZwClose(thread);
	}
	DriverObject->DriverUnload = Unload;
	return STATUS_SUCCESS;
}
