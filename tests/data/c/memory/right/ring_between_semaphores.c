#include <ntddk.h>

#define SIZE 2
#define ITEMS 3

static KSEMAPHORE Free, Full;
static ULONG Ring[SIZE];

static VOID Producer(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG i = 0; i < ITEMS; i++) {
        KeWaitForSingleObject(&Free, Executive, KernelMode, FALSE, NULL);
        Ring[i % SIZE] = i + 1;
        KeReleaseSemaphore(&Full, IO_NO_INCREMENT, 1, FALSE);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Consumer(PVOID Context)
{
    ULONG sum = 0;

    UNREFERENCED_PARAMETER(Context);
    for (ULONG i = 0; i < ITEMS; i++) {
        KeWaitForSingleObject(&Full, Executive, KernelMode, FALSE, NULL);
        sum += Ring[i % SIZE];
        KeReleaseSemaphore(&Free, IO_NO_INCREMENT, 1, FALSE);
    }
    PsTerminateSystemThread(sum == 6 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    KeInitializeSemaphore(&Free, SIZE, SIZE);
    KeInitializeSemaphore(&Full, 0, SIZE);
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Producer, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Consumer, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
