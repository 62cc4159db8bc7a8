#include <ntddk.h>

static NTSTATUS Divide(ULONG First, ULONG Second, PULONG Quotient, PULONG Rest)
{
    if (Second == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    *Quotient = First / Second;
    if (Rest != NULL) {
        *Rest = First % Second;
    }
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG quotient, rest; // written by who is called

    if (NT_SUCCESS(Divide(7, 0, &quotient, &rest))) {
        return STATUS_UNSUCCESSFUL;
    }
    Divide(7, 2, &quotient, &rest);
    Divide(quotient, 2, &quotient, NULL);
    return quotient == 1 && rest == 1 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
