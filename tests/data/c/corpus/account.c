/*
 * account.c -- readers and writers of one record, under a KMUTEX
 *
 * Two writers move money from one account to the other; two readers add both up. A writer takes the mutex twice (it
 * calls a routine that takes it, too): a kernel mutex may be taken again by its owner, and must be released as often.
 *
 * Outcome: each reader always sees 100 ("0 bad audits" from both), and at the end left + right == 100, with
 * left == 100 - 2 * MOVES * 5. In no order is there another sum.
 */
#include <ntddk.h>

#define MOVES   3
#define AUDITS  3

struct bank {
    KMUTEX  mutex;
    LONG    left;
    LONG    right;
};

static struct bank bank;
static PVOID threads[4];

#define LOCK(b)    (void)KeWaitForMutexObject(&(b)->mutex, Executive, KernelMode, FALSE, NULL)
#define UNLOCK(b)  (void)KeReleaseMutex(&(b)->mutex, FALSE)

static LONG total(struct bank *b)
{
    LONG sum;

    LOCK(b);
    sum = b->left + b->right;
    UNLOCK(b);
    return sum;
}

static VOID writer(PVOID context)
{
    struct bank *b = context;
    int i;

    for (i = 0; i < MOVES; i++) {
        LOCK(b);
        b->left -= 5;
        b->right += 5;
        NT_ASSERT(total(b) == 100);     /* recursive */
        UNLOCK(b);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID reader(PVOID context)
{
    struct bank *b = context;
    int i, bad = 0;

    for (i = 0; i < AUDITS; i++)
        if (total(b) != 100)
            bad++;
    DbgPrint("reader: %d bad audits\n", bad);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS start(int n, PKSTART_ROUTINE routine)
{
    HANDLE handle;
    NTSTATUS status;

    status = PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, routine, &bank);
    if (status != STATUS_SUCCESS)
        return status;
    status = ObReferenceObjectByHandle(handle, 0, NULL, KernelMode, &threads[n], NULL);
    ZwClose(handle);
    return status;
}

static VOID unload(PDRIVER_OBJECT driver)
{
    int i;

    UNREFERENCED_PARAMETER(driver);
    for (i = 0; i < 4; i++) {
        KeWaitForSingleObject(threads[i], Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(threads[i]);
    }
    DbgPrint("left %d, right %d\n", bank.left, bank.right);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    NTSTATUS status = STATUS_SUCCESS;
    int i;

    UNREFERENCED_PARAMETER(path);
    driver->DriverUnload = unload;
    bank.left = 100;
    KeInitializeMutex(&bank.mutex, 0);
    for (i = 0; i < 4 && NT_SUCCESS(status); i++)
        status = start(i, i % 2 ? reader : writer);
    return status;
}
