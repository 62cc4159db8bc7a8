// race: none
#include <ntddk.h>

static CHAR Name[8] = "file_0";

static VOID Renamer(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Name[5] = '1'; // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Printer(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    DbgPrint("%s\n", Name); // <- and here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Renamer, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Printer, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
