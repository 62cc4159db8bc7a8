// uninitialised: none
#include <ntddk.h>

typedef struct _JOB {
    ULONG Number;
    BOOLEAN Done;
} JOB, *PJOB;

static VOID Prepare(PJOB Job)
{
    Job->Number = 1;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    JOB job;

    Prepare(&job);
    if (job.Done) { // <- here
        DbgPrint("job %lu is done\n", job.Number);
    }
    return STATUS_SUCCESS;
}
