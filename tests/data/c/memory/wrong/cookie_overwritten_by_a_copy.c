// cookie: 0xF7
#include <ntddk.h>

static UCHAR Packet[48] = { 0x11, 0x22, 0x33 };

static UCHAR Parse(SIZE_T Length)
{
    UCHAR header[32];

    RtlCopyMemory(header, Packet, Length); // <- here
    return header[2]; // <- in machine
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DbgPrint("%d\n", Parse(32));
    DbgPrint("%d\n", Parse(sizeof(Packet)));
    return STATUS_SUCCESS;
}
