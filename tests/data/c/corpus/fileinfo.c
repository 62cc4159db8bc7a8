// fileinfo.c
//
// Writes a file, asks how long it is, reads it back from the start, deletes it by its disposition.
//
// Outcome: "size 26", "read 5 at 20: uvwxy", "end of file: c0000011", and no file is left; the second thread, which
// has waited for the first, cannot open it: "open: c0000034" (STATUS_OBJECT_NAME_NOT_FOUND).
#include <ntifs.h>

UNICODE_STRING g_Name = RTL_CONSTANT_STRING(L"\\??\\C:\\Temp\\alphabet.txt");
KEVENT g_Gone;

NTSTATUS OpenAlphabet(_Out_ HANDLE* handle, ACCESS_MASK access, ULONG disposition) {
    OBJECT_ATTRIBUTES attr;
    IO_STATUS_BLOCK iosb;

    InitializeObjectAttributes(&attr, &g_Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    return ZwCreateFile(handle, access | SYNCHRONIZE, &attr, &iosb, NULL, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ | FILE_SHARE_DELETE,
        disposition, FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, NULL, 0);
}

VOID FirstThread(PVOID ctx) {
    HANDLE file;
    IO_STATUS_BLOCK iosb;
    FILE_STANDARD_INFORMATION standard;
    FILE_DISPOSITION_INFORMATION disposition;
    LARGE_INTEGER offset;
    CHAR buffer[32];
    NTSTATUS status;

    UNREFERENCED_PARAMETER(ctx);
    status = OpenAlphabet(&file, FILE_READ_DATA | FILE_WRITE_DATA | DELETE, FILE_OVERWRITE_IF);
    if (!NT_SUCCESS(status)) {
        KdPrint(("create: %08x\n", status));
        goto Done;
    }
    for (CHAR c = 'a'; c <= 'z'; c++)
        buffer[c - 'a'] = c;
    status = ZwWriteFile(file, NULL, NULL, NULL, &iosb, buffer, 26, NULL, NULL);
    if (!NT_SUCCESS(status))
        goto Close;

    status = ZwQueryInformationFile(file, &iosb, &standard, sizeof(standard), FileStandardInformation);
    if (NT_SUCCESS(status))
        KdPrint(("size %lld\n", standard.EndOfFile.QuadPart));

    offset.LowPart = 20;
    offset.HighPart = 0;
    RtlZeroMemory(buffer, sizeof(buffer));
    status = ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, 5, &offset, NULL);
    KdPrint(("read %u at %u: %s\n", (ULONG)iosb.Information, offset.LowPart, buffer));

    offset.QuadPart = 26;
    status = ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, sizeof(buffer), &offset, NULL);
    KdPrint(("end of file: %08x\n", status));

    disposition.DeleteFile = TRUE;
    ZwSetInformationFile(file, &iosb, &disposition, sizeof(disposition), FileDispositionInformation);
Close:
    ZwClose(file);
Done:
    KeSetEvent(&g_Gone, IO_NO_INCREMENT, FALSE);
}

VOID SecondThread(PVOID ctx) {
    HANDLE file;

    UNREFERENCED_PARAMETER(ctx);
    KeWaitForSingleObject(&g_Gone, Executive, KernelMode, FALSE, NULL);
    NTSTATUS status = OpenAlphabet(&file, FILE_READ_DATA, FILE_OPEN);
    KdPrint(("open: %08x\n", status));
    if (NT_SUCCESS(status))
        ZwClose(file);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    KeInitializeEvent(&g_Gone, NotificationEvent, FALSE);
    HANDLE thread;
    NTSTATUS status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, SecondThread, NULL);
    if (!NT_SUCCESS(status)) return status;
    ZwClose(thread);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, FirstThread, NULL);
    if (NT_SUCCESS(status)) ZwClose(thread);
    return status;
}
