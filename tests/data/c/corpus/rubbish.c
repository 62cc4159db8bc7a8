//
//  rubbish.c -- a wait whose time-out nobody has filled in
//
//  The author declares a LARGE_INTEGER, fills it in only for the branch that he has tested, and passes its address in
//  both. In the other branch the wait ends whenever the rubbish on the stack says so: at once, in an hour, in 1601.
//
//  Outcome: FAST (a parameter) = 1 works: the waiter prints "got it" or, should the second go by first, "tired".
//  FAST = 0 uses the uninitialised Timeout in WaitForIt: an error, in every order.
//
#include <ntddk.h>

#define FAST 0

KEVENT ItEvent;

static NTSTATUS
WaitForIt(BOOLEAN fast)
{
	LARGE_INTEGER Timeout;

	if (fast) {
		Timeout.QuadPart = -10 * 1000 * 1000;
	}

	return KeWaitForSingleObject(
		&ItEvent,
		Executive,
		KernelMode,
		FALSE,
		&Timeout
		);
}

VOID
Waiter(IN PVOID Context)
{
	NTSTATUS Status = WaitForIt(FAST != 0);

	UNREFERENCED_PARAMETER(Context);
	if (Status == STATUS_TIMEOUT)
		DbgPrint("tired\n");
	else
		DbgPrint("got it\n");
	PsTerminateSystemThread(STATUS_SUCCESS);
}

VOID
Giver(IN PVOID Context)
{
	UNREFERENCED_PARAMETER(Context);
	KeSetEvent(&ItEvent, IO_NO_INCREMENT, FALSE);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS
DriverEntry(IN PDRIVER_OBJECT DriverObject, IN PUNICODE_STRING RegistryPath)
{
	HANDLE WaiterHandle = NULL, GiverHandle = NULL;
	NTSTATUS Status;

	UNREFERENCED_PARAMETER(DriverObject);
	UNREFERENCED_PARAMETER(RegistryPath);

	KeInitializeEvent(&ItEvent, SynchronizationEvent, FALSE);

	Status = PsCreateSystemThread(&WaiterHandle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Waiter, NULL);
	if (!NT_SUCCESS(Status))
		goto Exit;

	Status = PsCreateSystemThread(&GiverHandle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Giver, NULL);

Exit:
	if (GiverHandle)
		ZwClose(GiverHandle);
	if (WaiterHandle)
		ZwClose(WaiterHandle);
	return Status;
}
