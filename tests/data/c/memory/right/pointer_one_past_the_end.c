#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG values[4] = { 4, 3, 2, 1 };
    PULONG end = values + ARRAYSIZE(values);
    ULONG sum = 0;

    for (PULONG value = values; value < end; value++) {
        sum = 10 * sum + *value;
    }
    for (PULONG value = end; value != values; ) {
        sum += *--value;
    }
    return end - values == 4 && end[-1] == 1 && sum == 4331 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
