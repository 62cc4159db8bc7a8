// dead stack: 0xD5
#include <ntddk.h>

static PIO_STATUS_BLOCK Last;

static NTSTATUS Look(VOID)
{
    IO_STATUS_BLOCK io = { 0 };

    Last = &io;
    io.Information = 5;
    return io.Status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = Look();

    DbgPrint("%lu bytes\n", (ULONG)Last->Information); // <- here
    return status;
}
