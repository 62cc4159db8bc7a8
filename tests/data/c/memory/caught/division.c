// 0xC0000094
#include <ntddk.h>

static ULONG Files;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS caught = STATUS_SUCCESS;

    __try {
        DbgPrint("%lu\n", 100 / Files); // <- here
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        caught = GetExceptionCode();
    }
    return caught == STATUS_INTEGER_DIVIDE_BY_ZERO ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
