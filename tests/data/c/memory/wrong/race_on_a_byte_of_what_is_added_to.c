// race: none
#include <ntddk.h>

typedef struct _FLAGS {
    USHORT Low;
    UCHAR Middle;
    UCHAR High;
} FLAGS;

static FLAGS Flags;

static VOID Adder(PVOID Context)
{
    InterlockedExchangeAdd((PLONG)&Flags, 0x01000000); // <- here
}

static VOID Reader(PVOID Context)
{
    DbgPrint("%u\n", Flags.High); // <- and here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Adder, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Reader, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}
