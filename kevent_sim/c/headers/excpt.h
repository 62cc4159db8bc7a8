/* Structured exceptions: what stands in the parentheses of __except. */
#include <stddef.h>
#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#define exception_code() GetExceptionCode()
#define exception_info() GetExceptionInformation()
#define abnormal_termination() AbnormalTermination()

unsigned long GetExceptionCode(void);
struct _EXCEPTION_POINTERS *GetExceptionInformation(void);
int AbnormalTermination(void);
