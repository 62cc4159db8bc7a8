// lastone.c
// "The last one out turns off the light": a reference count, and an event that is set when it reaches zero.
//
// Outcome: the count starts at 1 for DriverEntry, each worker adds one before it is started. Whoever takes the count to
// zero sets the event, once; DriverEntry, which gives its own reference back and waits, then prints
// "light off, WORKERS turns" with Turns == WORKERS. In every order.
#include <ntddk.h>

#define WORKERS 3

volatile LONG g_References = 1;
volatile LONG g_Turns = 0;
LONG64        g_Work = 0;
KEVENT        g_LightOff;

FORCEINLINE VOID AddRef(VOID) { InterlockedIncrement(&g_References); }

FORCEINLINE VOID Release(VOID)
{
	if (InterlockedDecrement(&g_References) == 0)
		KeSetEvent(&g_LightOff, IO_NO_INCREMENT, FALSE);
}

VOID Worker(PVOID Context)
{
	LONG number = PtrToLong(Context);

	InterlockedExchangeAdd64(&g_Work, 1LL << (8 * number));
	InterlockedAdd(&g_Turns, 1);
	Release();
	PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NTSTATUS status = STATUS_SUCCESS;
	LONG i;

	UNREFERENCED_PARAMETER(DriverObject);
	UNREFERENCED_PARAMETER(RegistryPath);

	KeInitializeEvent(&g_LightOff, NotificationEvent, FALSE);

	for (i = 0; i < WORKERS; i++)
	{
		HANDLE thread;

		AddRef();
		status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, LongToPtr(i));
		if (!NT_SUCCESS(status))
		{
			Release();
			break;
		}
		ZwClose(thread);
	}

	Release();
	KeWaitForSingleObject(&g_LightOff, Executive, KernelMode, FALSE, NULL);
	DbgPrint("light off, %d turns, work %016I64x\n", g_Turns, g_Work);
	return status;
}
