// cookie: 0xF7
#include <ntddk.h>

// In memory="machine" the frame's array lies just below the cookie, and the return finds it changed.
static ULONG Fill(ULONG Count)
{
    UCHAR bytes[16];

    for (ULONG i = 0; i < Count; i++) {
        bytes[i] = 0x41; // <- here
    }
    return bytes[0]; // <- in machine
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DbgPrint("%lu\n", Fill(16 + 8));
    return STATUS_SUCCESS;
}
