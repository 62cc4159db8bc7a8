/* The codes of bug checks, for KeBugCheckEx. */
#define IRQL_NOT_LESS_OR_EQUAL 0x0A
#define MEMORY_MANAGEMENT 0x1A
#define MANUALLY_INITIATED_CRASH 0xE2
