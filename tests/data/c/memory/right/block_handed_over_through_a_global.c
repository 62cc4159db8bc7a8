#include <ntddk.h>

typedef struct _LETTER {
    ULONG Number;
    CHAR Text[12];
} LETTER, *PLETTER;

static KEVENT Sent;
static PLETTER Letter;

static VOID Sender(PVOID Context)
{
    PLETTER letter = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(LETTER), 'rtL ');

    UNREFERENCED_PARAMETER(Context);
    if (letter != NULL) {
        letter->Number = 3;
        RtlCopyMemory(letter->Text, "hello", 6);
    }
    Letter = letter;
    KeSetEvent(&Sent, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Receiver(PVOID Context)
{
    PLETTER letter;

    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Sent, Executive, KernelMode, FALSE, NULL);
    letter = Letter;
    if (letter != NULL) {
        DbgPrint("%lu %s\n", letter->Number, letter->Text);
        ExFreePoolWithTag(letter, 'rtL ');
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    KeInitializeEvent(&Sent, SynchronizationEvent, FALSE);
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Sender, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Receiver, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
