/* strings.c: what drivers do to strings all day
 *
 * Outcome: DriverEntry makes three paths and one thread for each, which creates the file of its path:
 *   C:\Temp\file_007.txt    (RtlStringCbPrintfW)
 *   C:\Temp\file_abc.txt    (RtlUnicodeStringPrintf)
 *   C:\Temp\file.copy.txt   (RtlCopyUnicodeString, RtlAppendUnicodeToString, RtlAppendUnicodeStringToString)
 * The fourth is too long for its buffer: "too long: 80000005" (STATUS_BUFFER_OVERFLOW), and its text is cut to
 * "C:\Temp\ver"; none is made of it. "same: 1" is a comparison without regard to case. "number: 2026".
 */
#include <ntddk.h>
#include <ntstrsafe.h>

#define PATH_CCH 64

typedef struct _PATH {
    UNICODE_STRING Name;
    WCHAR Buffer[PATH_CCH];
    PVOID Thread;
} PATH, *PPATH;

static PATH Paths[3];

static VOID CreateIt(PVOID Context)
{
    PPATH Path = Context;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Iosb;
    HANDLE File;
    NTSTATUS Status;

    InitializeObjectAttributes(&Attributes, &Path->Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    Status = ZwCreateFile(&File, GENERIC_READ | GENERIC_WRITE, &Attributes, &Iosb, NULL, FILE_ATTRIBUTE_NORMAL,
        FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    DbgPrint("%wZ: %08lx\n", &Path->Name, Status);
    if (NT_SUCCESS(Status)) ZwClose(File);
    PsTerminateSystemThread(Status);
}

static NTSTATUS MakePaths(VOID)
{
    static const UNICODE_STRING Suffix = RTL_CONSTANT_STRING(L".txt");
    UNICODE_STRING Base;
    NTSTATUS Status;
    ULONG i;

    for (i = 0; i < ARRAYSIZE(Paths); i++)
        RtlInitEmptyUnicodeString(&Paths[i].Name, Paths[i].Buffer, sizeof(Paths[i].Buffer));

    Status = RtlStringCbPrintfW(Paths[0].Buffer, sizeof(Paths[0].Buffer), L"\\??\\%s\\file_%03d.txt", L"C:\\Temp", 7);
    if (!NT_SUCCESS(Status)) return Status;
    RtlInitUnicodeString(&Paths[0].Name, Paths[0].Buffer);

    Status = RtlUnicodeStringPrintf(&Paths[1].Name, L"\\??\\%ws\\file_%hs%wZ", L"C:\\Temp", "abc", &Suffix);
    if (!NT_SUCCESS(Status)) return Status;

    RtlInitUnicodeString(&Base, L"\\??\\C:\\Temp\\file");
    RtlCopyUnicodeString(&Paths[2].Name, &Base);
    Status = RtlAppendUnicodeToString(&Paths[2].Name, L".copy");
    if (!NT_SUCCESS(Status)) return Status;
    return RtlAppendUnicodeStringToString(&Paths[2].Name, &Suffix);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING A, B;
    WCHAR Short[12];
    ULONG Number = 0, i;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    Status = MakePaths();
    if (!NT_SUCCESS(Status)) return Status;

    Status = RtlStringCchPrintfW(Short, ARRAYSIZE(Short), L"%s\\%s", L"C:\\Temp", L"verylong.txt");
    DbgPrint("too long: %08lx, %ws\n", Status, Short);

    RtlInitUnicodeString(&A, L"File_ABC.TXT");
    RtlInitUnicodeString(&B, L"file_abc.txt");
    DbgPrint("same: %d\n", RtlEqualUnicodeString(&A, &B, TRUE));

    RtlInitUnicodeString(&A, L"2026");
    RtlUnicodeStringToInteger(&A, 10, &Number);
    DbgPrint("number: %lu\n", Number);

    for (i = 0; i < ARRAYSIZE(Paths); i++) {
        HANDLE Handle;
        Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, CreateIt, &Paths[i]);
        if (!NT_SUCCESS(Status)) return Status;
        ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &Paths[i].Thread, NULL);
        ZwClose(Handle);
    }
    for (i = 0; i < ARRAYSIZE(Paths); i++) {
        KeWaitForSingleObject(Paths[i].Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(Paths[i].Thread);
    }
    return STATUS_SUCCESS;
}
