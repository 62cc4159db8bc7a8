// race: none
#include <ntddk.h>

static CHAR Line[8] = "first\r\n";

static VOID Changer(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Line[0] = 'F'; // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Writer(PVOID Context)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE file;

    UNREFERENCED_PARAMETER(Context);
    RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\Temp\\lines.txt");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    if (NT_SUCCESS(ZwCreateFile(&file, GENERIC_WRITE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL, 0,
            FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0))) {
        ZwWriteFile(file, NULL, NULL, NULL, &io, Line, 7, NULL, NULL); // <- and here
        ZwClose(file);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Changer, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Writer, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
