/* packets.c
 *
 * A queue of packets: nested structures, unions, bit-fields, a flexible tail.
 *
 * The sender queues three packets (a ping, a write of 4 bytes, a close); the receiver takes them out of a LIST_ENTRY
 * queue that is written out by hand, decodes them, and frees them.
 *
 * Outcome: receiver prints
 *    seq 1: ping 0xcafe (urgent)
 *    seq 2: write 4 bytes at 0x100000010, sum 10
 *    seq 3: close
 * in this order; header is 4 bytes; the queue is empty at the end.
 */
#include <ntddk.h>

#define POOL_TAG 'tkcP'

#pragma pack(push, 1)
typedef struct _HEADER {
    UCHAR Version : 4;
    UCHAR Type    : 3;
    UCHAR Urgent  : 1;
    UCHAR Reserved;
    USHORT Sequence;
} HEADER;
#pragma pack(pop)

C_ASSERT(sizeof(HEADER) == 4);

enum { TypePing, TypeWrite, TypeClose };

typedef struct _PACKET {
    LIST_ENTRY Entry;
    HEADER Header;
    union {
        struct { USHORT Cookie; } Ping;
        struct {
            union {
                ULONG64 Offset;
                struct { ULONG OffsetLow; ULONG OffsetHigh; };
            };
            ULONG Length;
        } Write;
    } u;
    UCHAR Data[ANYSIZE_ARRAY];
} PACKET, *PPACKET;

typedef struct _QUEUE {
    LIST_ENTRY Head;
    KMUTEX Mutex;
    KSEMAPHORE Count;
} QUEUE, *PQUEUE;

QUEUE Queue;

PPACKET NewPacket(int Type, USHORT Sequence, ULONG Length)
{
    SIZE_T size = FIELD_OFFSET(PACKET, Data[Length]);
    PPACKET packet;

    if (size < sizeof(PACKET)) size = sizeof(PACKET);
    packet = (PPACKET)ExAllocatePool2(POOL_FLAG_NON_PAGED, size, POOL_TAG);
    if (packet != NULL) {
        packet->Header.Version = 2;
        packet->Header.Type = (UCHAR)Type;
        packet->Header.Sequence = Sequence;
    }
    return packet;
}

VOID Send(PQUEUE Q, PPACKET Packet)
{
    PLIST_ENTRY last;

    KeWaitForSingleObject(&Q->Mutex, Executive, KernelMode, FALSE, NULL);
    last = Q->Head.Blink;
    Packet->Entry.Flink = &Q->Head;
    Packet->Entry.Blink = last;
    last->Flink = &Packet->Entry;
    Q->Head.Blink = &Packet->Entry;
    KeReleaseMutex(&Q->Mutex, FALSE);
    KeReleaseSemaphore(&Q->Count, 0, 1, FALSE);
}

PPACKET Receive(PQUEUE Q)
{
    PLIST_ENTRY first;

    KeWaitForSingleObject(&Q->Count, Executive, KernelMode, FALSE, NULL);
    KeWaitForSingleObject(&Q->Mutex, Executive, KernelMode, FALSE, NULL);
    first = Q->Head.Flink;
    Q->Head.Flink = first->Flink;
    first->Flink->Blink = &Q->Head;
    KeReleaseMutex(&Q->Mutex, FALSE);
    return CONTAINING_RECORD(first, PACKET, Entry);
}

VOID Receiver(PVOID Context)
{
    BOOLEAN done = FALSE;
    ULONG i, sum;

    while (!done) {
        PPACKET p = Receive(Context);
        switch (p->Header.Type) {
        case TypePing:
            DbgPrint("seq %hu: ping %#x%s\n", p->Header.Sequence, p->u.Ping.Cookie, p->Header.Urgent ? " (urgent)" : "");
            break;
        case TypeWrite:
            for (i = 0, sum = 0; i < p->u.Write.Length; i++) sum += p->Data[i];
            DbgPrint("seq %hu: write %u bytes at 0x%I64x, sum %u\n", p->Header.Sequence, p->u.Write.Length, p->u.Write.Offset, sum);
            break;
        case TypeClose:
            DbgPrint("seq %hu: close\n", p->Header.Sequence);
            done = TRUE;
        }
        ExFreePoolWithTag(p, POOL_TAG);
    }
    DbgPrint("queue is %s\n", IsListEmpty(&((PQUEUE)Context)->Head) ? "empty" : "not empty");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PPACKET ping, write, close;
    HANDLE thread;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    InitializeListHead(&Queue.Head);
    KeInitializeMutex(&Queue.Mutex, 0);
    KeInitializeSemaphore(&Queue.Count, 0, MAXLONG);
    if (!NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Receiver, &Queue)))
        return STATUS_UNSUCCESSFUL;
    ZwClose(thread);

    ping = NewPacket(TypePing, 1, 0), write = NewPacket(TypeWrite, 2, 4), close = NewPacket(TypeClose, 3, 0);
    ping->u.Ping.Cookie = 0xCAFE;
    ping->Header.Urgent = 1;
    write->u.Write.OffsetLow = 0x10;
    write->u.Write.OffsetHigh = 1;
    write->u.Write.Length = 4;
    for (UCHAR i = 0; i < 4; i++) write->Data[i] = i + 1;
    Send(&Queue, ping);
    Send(&Queue, write);
    Send(&Queue, close);
    return STATUS_SUCCESS;
}
