// relay.c: runners pass a baton. Each waits for its own event, writes its letter into the file, sets the next one's.
//
// Outcome: whatever the order in which the threads are started and run, C:\Temp\baton.txt holds "abc". The unload
// routine waits for the three threads, closes the file, and prints "relay: 3 runners home".
#include "relay.h"

RELAY_STAGE g_Stages[RELAY_STAGES];
HANDLE g_Baton;

VOID RelayRun(PVOID StartContext)
{
    PRELAY_STAGE stage = (PRELAY_STAGE)StartContext;
    IO_STATUS_BLOCK iosb = { 0 };

    (void)KeWaitForSingleObject(&stage->Go, Executive, KernelMode, FALSE, NULL);

    NTSTATUS status = ZwWriteFile(g_Baton, NULL, NULL, NULL, &iosb, &stage->Letter, sizeof(stage->Letter), NULL, NULL);
    if (!NT_SUCCESS(status))
    {
        KdPrintEx((DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, "relay: runner %u: 0x%X\n", stage->Number, status));
    }

    RelayPass(stage->Next);
    (void)PsTerminateSystemThread(status);
}

VOID RelayUnload(PDRIVER_OBJECT DriverObject)
{
    PVOID threads[RELAY_STAGES];
    ULONG home;

    UNREFERENCED_PARAMETER(DriverObject);

    for (home = 0; home < RELAY_STAGES; home++)
    {
        threads[home] = g_Stages[home].Thread;
    }
    KeWaitForMultipleObjects(RELAY_STAGES, threads, WaitAll, Executive, KernelMode, FALSE, NULL, NULL);
    while (home--)
    {
        ObDereferenceObject(threads[home]);
    }
    ZwClose(g_Baton);
    KdPrintEx((DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, "relay: %u runners home\n", RELAY_STAGES));
}

EXTERN_C NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DECLARE_CONST_UNICODE_STRING(name, RELAY_NAME);
    OBJECT_ATTRIBUTES oa = RTL_CONSTANT_OBJECT_ATTRIBUTES(&name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE);
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(RegistryPath);

    status = ZwCreateFile(&g_Baton, FILE_GENERIC_WRITE, (POBJECT_ATTRIBUTES)&oa, &iosb, NULL, FILE_ATTRIBUTE_NORMAL,
                          FILE_SHARE_READ, FILE_SUPERSEDE, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!NT_SUCCESS(status))
    {
        return status;
    }

    // the last first, so that nobody passes to an event that is not there yet
    for (LONG i = RELAY_STAGES - 1; i >= 0; i--)
    {
        HANDLE handle;
        PRELAY_STAGE stage = &g_Stages[i];

        stage->Number = (ULONG)i;
        stage->Letter = (CHAR)('a' + i);
        stage->Next = (i + 1 < RELAY_STAGES) ? &g_Stages[i + 1] : NULL;
        KeInitializeEvent(&stage->Go, SynchronizationEvent, i == 0);
        status = PsCreateSystemThread(&handle, SYNCHRONIZE, NULL, NULL, NULL, RelayRun, stage);
        if (!NT_SUCCESS(status))
        {
            return status;
        }
        status = ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &stage->Thread, NULL);
        ZwClose(handle);
    }

    DriverObject->DriverUnload = RelayUnload;
    return status;
}
