/* handoff.c
 *
 * The classic: a routine starts a thread, hands it parameters and an event that live on its own stack, and does not
 * return before the thread has said that it is done with them.
 *
 * Outcome: always "asked 6 * 7, told 42", then success. Nobody touches the frame after it has gone.
 */
#include <wdm.h>

typedef struct _REQUEST {
  LONG      A, B;
  LONG      Product;
  NTSTATUS  Status;
  KEVENT    Done;
} REQUEST, *PREQUEST;

KSTART_ROUTINE ComputeThread;

VOID ComputeThread(_In_ PVOID Context)
{
  PREQUEST Request = Context;

  Request->Product = Request->A * Request->B;
  Request->Status  = STATUS_SUCCESS;

  /* After this the request may be gone. */
  KeSetEvent(&Request->Done, IO_NO_INCREMENT, FALSE);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

_IRQL_requires_(PASSIVE_LEVEL)
_Must_inspect_result_
static NTSTATUS Compute(_In_ LONG A, _In_ LONG B, _Out_ PLONG Product)
{
  REQUEST  Request;
  HANDLE   Thread;
  NTSTATUS Status;

  *Product = 0;
  Request.A = A;
  Request.B = B;
  Request.Product = -1;
  Request.Status = STATUS_PENDING;
  KeInitializeEvent(&Request.Done, NotificationEvent, FALSE);

  Status = PsCreateSystemThread(&Thread, GENERIC_ALL, NULL, NULL, NULL, ComputeThread, &Request);
  if (!NT_SUCCESS(Status)) {
    return Status;
  }
  (VOID)ZwClose(Thread);

  Status = KeWaitForSingleObject(&Request.Done, Executive, KernelMode, FALSE, NULL);
  NT_ASSERT(Status == STATUS_WAIT_0);

  *Product = Request.Product;
  return Request.Status;
}

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
  LONG     Product;
  NTSTATUS Status;

  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);

  Status = Compute(6, 7, &Product);
  if (NT_SUCCESS(Status)) {
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, "asked %d * %d, told %d\n", 6, 7, Product);
  }
  return Status;
}
