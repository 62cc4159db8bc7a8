#include <ntddk.h>

typedef struct _HEADER {
    UCHAR Version;
    UCHAR Kind;
    USHORT Length;
    ULONG Sum;
} HEADER, *PHEADER;

static ULONG Sum(const UCHAR *Bytes, SIZE_T Count)
{
    ULONG sum = 0;

    while (Count--) {
        sum += *Bytes++;
    }
    return sum;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HEADER header = { 1, 2, 0x0304, 0 };
    ULONG packet[sizeof(HEADER) / sizeof(ULONG)];
    PHEADER seen = (PHEADER)packet;
    PCHAR bytes = (PCHAR)&header, copied = (PCHAR)packet;

    header.Sum = Sum((PUCHAR)&header, sizeof(header));
    for (ULONG i = 0; i < sizeof(header); i++) {
        copied[i] = bytes[i];
    }
    return seen->Sum == 10 && copied[2] == 4 && seen->Length == 0x0304 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
