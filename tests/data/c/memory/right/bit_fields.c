#include <ntddk.h>

typedef struct _FLAGS {
    ULONG Opened : 1;
    ULONG Count : 5;
    ULONG : 2;
    ULONG Rest : 24;
    LONG Small : 3;
} FLAGS;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    FLAGS flags = { 0 };

    flags.Opened = TRUE;
    flags.Count = 33; // 5 bits of it
    flags.Count++;
    flags.Rest = 0xFFFFFF;
    flags.Small = 7; // 3 bits, the first a sign
    return flags.Opened && flags.Count == 2 && flags.Small == -1 && *(PULONG)&flags == 0xFFFFFF05 ? STATUS_SUCCESS
                                                                                                  : STATUS_UNSUCCESSFUL;
}
