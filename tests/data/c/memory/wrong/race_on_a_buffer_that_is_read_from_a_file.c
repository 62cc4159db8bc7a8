// race: none
#include <ntddk.h>

static CHAR Line[8];

static VOID Looker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (Line[0] == 'H') { // <- here
        DbgPrint("it has come\n");
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Reader(PVOID Context)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER start = { 0 };
    HANDLE file;

    UNREFERENCED_PARAMETER(Context);
    RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\Temp\\lines.txt");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    if (NT_SUCCESS(ZwCreateFile(&file, GENERIC_READ | GENERIC_WRITE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
            FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0))) {
        ZwWriteFile(file, NULL, NULL, NULL, &io, "Hello\r\n", 7, NULL, NULL);
        ZwReadFile(file, NULL, NULL, NULL, &io, Line, 7, &start, NULL); // <- and here
        ZwClose(file);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Looker, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Reader, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
