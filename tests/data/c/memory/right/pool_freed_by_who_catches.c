#include <ntddk.h>

// A mutex that its thread does not own: KeReleaseMutex raises STATUS_MUTANT_NOT_OWNED.
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    PKMUTEX mutex = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KMUTEX), 'xtuM');

    if (mutex == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeMutex(mutex, 0);
    __try {
        KeReleaseMutex(mutex, FALSE);
    } __except (GetExceptionCode() == STATUS_MUTANT_NOT_OWNED ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
        status = STATUS_SUCCESS;
    }
    ExFreePoolWithTag(mutex, 'xtuM');
    return status;
}
