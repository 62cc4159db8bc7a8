#include <ntddk.h>

static LONG Counter, Highest;

static VOID Worker(PVOID Context)
{
    LONG mine = InterlockedIncrement(&Counter);

    UNREFERENCED_PARAMETER(Context);
    InterlockedCompareExchange(&Highest, mine, mine - 1);
    InterlockedExchangeAdd(&Counter, 10);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    for (ULONG i = 0; i < 2; i++) {
        if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL))) {
            ZwClose(thread);
        }
    }
    return STATUS_SUCCESS;
}
