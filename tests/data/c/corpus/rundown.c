/*
 * rundown.c: requests in flight, and a stop that waits for them
 *
 * A request may start only while the driver is not stopping; the stop waits until those that have started are done.
 * (This is what EX_RUNDOWN_REF does, spelt out with an interlocked count and an event.)
 *
 * Outcome: each of CLIENTS clients makes one request; it is either served or turned away, and served + away == CLIENTS.
 * Once "drained" is printed nothing is served any more: Late stays 0.
 */
#include <wdm.h>

#define CLIENTS 3

typedef struct _RUNDOWN
{
	volatile LONG	Count;		/* 1 while not stopping, and 1 for each request in flight */
	volatile LONG	Stopping;
	KEVENT		Drained;
}
RUNDOWN, *PRUNDOWN;

static RUNDOWN Rundown;
static volatile LONG Served, Away, Late;
static volatile LONG Closed;
static PKTHREAD Threads[CLIENTS];

static BOOLEAN Acquire(PRUNDOWN R)
{
	LONG Count;

	do
	{
		Count = InterlockedCompareExchange(&R->Count, 0, 0);
		if (Count == 0 || InterlockedOr(&R->Stopping, 0))
			return FALSE;
	}
	while (InterlockedCompareExchange(&R->Count, Count + 1, Count) != Count);
	return TRUE;
}

static VOID Release(PRUNDOWN R)
{
	if (InterlockedDecrement(&R->Count) == 0)
		KeSetEvent(&R->Drained, IO_NO_INCREMENT, FALSE);
}

static VOID Drain(PRUNDOWN R)
{
	InterlockedExchange(&R->Stopping, TRUE);
	Release(R);
	KeWaitForSingleObject(&R->Drained, Executive, KernelMode, FALSE, NULL);
}

static VOID Client(PVOID Context)
{
	PRUNDOWN R = (PRUNDOWN)Context;

	if (Acquire(R))
	{
		if (InterlockedOr(&Closed, 0))
			InterlockedIncrement(&Late);
		InterlockedIncrement(&Served);
		Release(R);
	}
	else
	{
		InterlockedIncrement(&Away);
	}
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Unload(PDRIVER_OBJECT DriverObject)
{
	int i;

	UNREFERENCED_PARAMETER(DriverObject);
	Drain(&Rundown);
	InterlockedExchange(&Closed, TRUE);
	DbgPrint("drained\n");
	for (i = 0; i < CLIENTS; i++)
	{
		KeWaitForSingleObject(Threads[i], Executive, KernelMode, FALSE, NULL);
		ObDereferenceObject(Threads[i]);
	}
	DbgPrint("served %ld + away %ld = %ld, late %ld\n", Served, Away, Served + Away, Late);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	HANDLE Handle;
	NTSTATUS Status;
	int i;

	UNREFERENCED_PARAMETER(RegistryPath);
	Rundown.Count = 1;
	KeInitializeEvent(&Rundown.Drained, NotificationEvent, FALSE);
	DriverObject->DriverUnload = Unload;

	for (i = 0; i < CLIENTS; i++)
	{
		Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Client, &Rundown);
		if (!NT_SUCCESS(Status))
			return Status;
		ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, (PVOID *)&Threads[i], NULL);
		ZwClose(Handle);
	}
	return STATUS_SUCCESS;
}
