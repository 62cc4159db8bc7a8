/*
 *  lostwakeup.c
 *
 *  A consumer that looks into the list, and, if it is empty, clears the event and waits for it.  The producer inserts
 *  and sets. (The order "look, then clear" is wrong: clear, then look, is right.)
 *
 *  Outcome: most orders end with "consumed 2". But where the producer's last insertion and KeSetEvent come between the
 *  consumer's look at the empty list and its KeClearEvent, the set is erased: the consumer waits for ever with an item
 *  in its list.
 */
#include <ntifs.h>

#define ITEMS 2

struct item {
	LIST_ENTRY	list;
	int		value;
};

static LIST_ENTRY	head;
static FAST_MUTEX	lock;
static KEVENT		not_empty;	/* NotificationEvent */
static struct item	items[ITEMS];

static struct item *pop(void)
{
	struct item *found = NULL;

	ExAcquireFastMutex(&lock);
	if (!IsListEmpty(&head))
		found = CONTAINING_RECORD(RemoveHeadList(&head), struct item, list);
	ExReleaseFastMutex(&lock);
	return found;
}

static void consumer(void *arg)
{
	int consumed = 0;

	UNREFERENCED_PARAMETER(arg);
	while (consumed < ITEMS) {
		struct item *it = pop();
		if (it) {
			consumed++;
			continue;
		}
		KeClearEvent(&not_empty);
		KeWaitForSingleObject(&not_empty, Executive, KernelMode, FALSE, NULL);
	}
	DbgPrint("consumed %d\n", consumed);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static void producer(void *arg)
{
	int i;

	UNREFERENCED_PARAMETER(arg);
	for (i = 0; i < ITEMS; i++) {
		items[i].value = i;
		ExAcquireFastMutex(&lock);
		InsertTailList(&head, &items[i].list);
		ExReleaseFastMutex(&lock);
		KeSetEvent(&not_empty, 0, FALSE);
	}
	PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT drv, PUNICODE_STRING reg)
{
	HANDLE h;
	NTSTATUS rc;

	UNREFERENCED_PARAMETER(drv);
	UNREFERENCED_PARAMETER(reg);
	InitializeListHead(&head);
	ExInitializeFastMutex(&lock);
	KeInitializeEvent(&not_empty, NotificationEvent, FALSE);

	rc = PsCreateSystemThread(&h, THREAD_ALL_ACCESS, NULL, NULL, NULL, consumer, NULL);
	if (rc)
		return rc;
	ZwClose(h);
	rc = PsCreateSystemThread(&h, THREAD_ALL_ACCESS, NULL, NULL, NULL, producer, NULL);
	if (rc)
		return rc;
	ZwClose(h);
	return STATUS_SUCCESS;
}
