"""What SEMANTICS.md states beyond the routines' own pages: each with the tests that hold it, as `module::test`."""

MODELLED = [
    (
        "A wait looks at its object first, then at alerts, then at its time-out; what it finds first decides.",
        ["test_waits::test_the_object_comes_before_the_alert_and_the_alert_before_the_time_out"],
    ),
    (
        "Waiters are released in the order of arrival.",
        ["test_kernel::test_waiters_are_released_in_the_order_in_which_they_began_to_wait"],
    ),
    (
        "A wait is satisfied by the signaler, at the moment of the signal: no later wait can take the signal, no "
        "later reset undoes it.",
        [
            "test_kernel::test_the_signaler_satisfies_the_wait_so_a_later_wait_cannot_take_the_signal",
            "test_kernel::test_a_reset_does_not_undo_a_satisfied_wait",
        ],
    ),
    (
        "Signals of an event do not add up; releases of a semaphore do.",
        [
            "test_kernel::test_signals_do_not_add_up",
            "test_semaphores::test_releases_add_up_where_signals_of_an_event_do_not",
        ],
    ),
    (
        "A mutex belongs to its owner until the owner has released it as often as it has waited for it, also in a "
        "wait for several; then its first waiter owns it. A thread that does not own it cannot release it.",
        [
            "test_mutexes::test_the_owner_has_it_again_and_gives_it_back_as_often",
            "test_mutexes::test_it_goes_to_whoever_has_waited_longest_at_the_moment_of_the_release",
            "test_mutexes::test_a_wait_for_all_that_its_owner_makes_takes_it_once_more",
            "test_mutexes::test_a_release_by_another_thread_raises_and_changes_nothing",
        ],
    ),
    (
        "A thread that ends while it owns a mutex stops the machine (0x4000008A, and 0x39 for the system thread that "
        "loads drivers).",
        [
            "test_mutexes::test_a_thread_that_ends_with_one_stops_the_machine_at_its_last_line",
            "test_mutexes::test_so_does_the_system_thread_that_loads_the_driver_by_another_code",
        ],
    ),
    (
        "The owner of a fast mutex runs at APC_LEVEL, where no file can be opened, until it gives it up; taken twice "
        "it is a deadlock.",
        [
            "test_fast_mutexes::test_its_owner_runs_at_apc_level_and_returns_to_where_it_came_from",
            "test_fast_mutexes::test_no_file_is_opened_by_its_owner",
            "test_fast_mutexes::test_its_owner_cannot_take_it_again_and_the_deadlock_says_so",
        ],
    ),
    (
        "A pulse that nobody waits for is lost.",
        ["test_kernel::test_a_pulse_that_nobody_waits_for_is_lost"],
    ),
    (
        "Of several signaled objects a wait for any takes the one with the lowest index, and no other.",
        ["test_waits::test_of_several_signaled_objects_the_lowest_index_is_taken_and_no_other"],
    ),
    (
        "A wait for all takes nothing until every object is signaled, then all in one step; until then others may "
        "take them.",
        [
            "test_waits::test_a_wait_for_all_takes_nothing_until_every_object_is_signaled",
            "test_waits::test_what_a_wait_for_all_waits_for_is_not_reserved",
        ],
    ),
    (
        "Wait-all is that of **NT 5.2** (Server 2003, as ReactOS models it); Microsoft documents none of this, and "
        "newer kernels may differ. A signal takes the waiter off all lists and wakes it to test its objects itself; "
        "it may find that another thread was faster, and then waits again at the tail, with its old deadline.",
        [
            "test_waits::test_a_signal_wakes_a_wait_for_all_to_test_its_objects_itself",
            "test_waits::test_between_the_signal_and_its_test_another_thread_may_take_the_object",
            "test_waits::test_one_that_is_woken_in_vain_waits_again_at_the_tail",
            "test_waits::test_one_that_is_woken_in_vain_keeps_its_deadline",
        ],
    ),
    (
        "It follows that a set of a synchronization event prefers a wait for one object to an earlier wait for all, "
        "and that a pulse never satisfies a wait for all.",
        [
            "test_waits::test_a_signal_passes_over_a_wait_for_all_to_the_first_wait_behind_it",
            "test_waits::test_a_pulse_never_satisfies_a_wait_for_all",
        ],
    ),
    (
        "An alert ends one alertable wait: sent for KernelMode a wait of either mode, for UserMode one of UserMode "
        "only; one that comes too early is kept.",
        [
            "test_waits::test_an_alert_for_kernel_mode_ends_any_alertable_wait_one_for_user_mode_those_of_user_mode",
            "test_waits::test_a_pending_alert_is_taken_by_one_wait",
        ],
    ),
    (
        "Wait = TRUE returns at DISPATCH_LEVEL, and the wait that follows restores the IRQL.",
        [
            "test_irql::test_a_signal_with_wait_true_returns_at_dispatch_level_and_the_wait_that_follows_restores_the_irql"
        ],
    ),
    (
        "From DISPATCH_LEVEL on no other thread runs on that processor; others run on other processors.",
        [
            "test_irql::test_from_dispatch_level_on_nobody_else_runs_on_the_processor_and_the_most_urgent_does_right_after",
            "test_irql::test_at_dispatch_level_others_run_on_another_processor",
        ],
    ),
    (
        "A boost raises a priority to base + increment (15 at most), never lowers it, does not add up, and leaves "
        "realtime threads alone. Priorities decide who runs only under the policy `Windows`.",
        [
            "test_kernel::test_a_boost_raises_to_base_plus_increment_never_lowers_and_leaves_realtime_alone",
            "test_kernel::test_boosts_do_not_add_up",
        ],
    ),
    (
        "A thread's object is signaled by the thread's end, for ever.",
        ["test_objects::test_a_threads_object_is_signaled_by_its_end_for_ever"],
    ),
    (
        "Every run is a fresh load: before it, globals, closures, classes, and the kernel objects, structures and "
        "containers within reach of the driver's code are what they were when they were defined. What a run has left "
        "there can be read until the driver's next run; what anything but a run has changed since is the new start "
        "(the very value that the run had left is not a change). What cannot be put back after use, an iterator or a "
        "file, is named; what the driver keeps in a library's module is neither seen nor put back.",
        [
            "test_load::test_whatever_a_driver_keeps",
            "test_load::test_what_a_run_left_is_there_to_be_read_until_the_next",
            "test_load::test_what_a_cell_changes_is_the_new_start",
            "test_load::test_the_very_value_that_a_run_left_is_no_change",
            "test_load::TestWhatCannotBePutBackIsNamed::test_by_the_next_run_until_the_cell_is_run_again_that_makes_it",
            "test_load::test_random_drivers_do_and_leave_the_same_each_time",
        ],
    ),
]

COMPARED = [
    (
        "The dump that InsightEngineering publishes with its article (Windows 22621; two threads wait for one "
        "synchronization event that nobody sets): the event's header byte for byte (Lock 0x00060001, SignalState 0), "
        "its wait list in the same order, both threads in the same kind of wait, and the verdict, a deadlock.",
        ["test_debugger::test_two_threads_that_wait_for_what_nobody_sets_look_as_in_the_published_dump"],
    ),
    (
        "A published stop of Driver Verifier, ZwClose at raised IRQL: the same 0xC4 (0x2001F).",
        ["test_irql::test_a_routine_may_be_called_up_to_its_irql_and_above_it_the_verifier_stops_the_machine"],
    ),
]

# What none of the sources read decides, and what is done here.
UNDECIDED = [
    (
        "Renaming a file that is to be deleted: it succeeds, and the file goes under its new name.",
        ["test_undecided::test_a_file_that_is_to_be_deleted_can_be_renamed_and_goes_under_its_new_name"],
    ),
    (
        "Opening a read-only directory with FILE_ALL_ACCESS: STATUS_ACCESS_DENIED, as for a file.",
        ["test_undecided::test_a_read_only_directory_is_refused_to_who_would_write_as_a_file_is"],
    ),
    (
        "A rename to a name that ends in a backslash: refused.",
        ["test_undecided::test_a_new_name_that_ends_in_a_backslash_is_refused"],
    ),
    (
        "A driver that is unloaded and leaves a device: nothing happens.",
        ["test_undecided::test_a_device_that_an_unload_leaves_behind_is_no_error"],
    ),
    (
        "PsTerminateSystemThread in DriverEntry: the driver stays loaded, and the thread that loads drivers has ended.",
        ["test_undecided::test_driver_entry_that_ends_its_thread_has_loaded_its_driver"],
    ),
    (
        "A call other than a wait right after one with Wait = TRUE: it is made at DISPATCH_LEVEL, and the wait that "
        "comes at last restores the IRQL.",
        ["test_undecided::test_a_call_between_wait_true_and_its_wait_is_made_at_dispatch_level"],
    ),
]

DIFFERS = [
    (
        "Every rule on IRQL stops the machine with 0xC4, as Driver Verifier with DDI compliance checking (the "
        "additional IRQL rules included) is documented to do; without it Windows checks almost none. Where no rule of "
        "the verifier names a routine, the limit is that of its page and the code 0xE5, or 0xE6 for a Zw routine: the "
        "codes are documented, but not which routines the verifier tests with them. KeAlertThread, ZwCreateSemaphore "
        "and MmUnloadSystemImage have no page: their limits are assumed.",
        ["test_irql::test_a_routine_may_be_called_up_to_its_irql_and_above_it_the_verifier_stops_the_machine"],
    ),
    (
        "The second parameter of such a 0xC4 is the IRQL, whatever the first; on Windows it may be a pointer.",
        ["test_irql::test_a_routine_may_be_called_up_to_its_irql_and_above_it_the_verifier_stops_the_machine"],
    ),
    (
        "An object that was never initialised is bug check 0xA at its first use, also where Windows would only read "
        "or write a zeroed header.",
        [
            "test_guards::test_an_event_that_was_never_initialised_is_bug_check_0xa",
            "test_misuse::test_an_object_that_was_never_initialised_is_bug_check_0xa",
        ],
    ),
    (
        "Use after free is bug check 0xD5 right at the use, as in special pool; elsewhere Windows notices later, or "
        "never.",
        ["test_guards::test_using_a_freed_device_extension_is_bug_check_0xd5_at_the_line_that_uses_it"],
    ),
    (
        "Using what lay on the stack of a function that has returned is bug check 0x139 (3) right at the use. Windows "
        "notices it only if a list is broken by then; a read returns whatever lies there now.",
        ["test_memory::test_a_run_of_the_wrong_one_stops_at_a_line_that_uses_it_and_tells_where_it_ended"],
    ),
    (
        "These are known to lie on a stack: a StackFrame, until its `with` is left, and what an assignment such as  "
        "Event = KEVENT()  or  Stop, Done = KEVENT(), KEVENT()  makes local variables of a start routine, DriverEntry "
        "or DriverUnload, until that returns. An event that a helper function makes, one in a list or in an attribute, "
        "and a structure made by hand are taken to live for ever; so are KWAIT_BLOCK, and HANDLE, PVOID, KIRQL and "
        "LARGE_INTEGER that are not fields of a structure. For a field of these types the routines check whether its "
        "memory has ended; code that reads or writes one that it already holds is not checked.",
        [
            "test_memory::test_an_event_that_may_be_anywhere_outlives_the_function_that_made_it",
            "test_memory::test_a_variable_of_a_deleted_extension_is_used_no_more",
            "test_memory::test_a_plain_local_of_driver_entry_ends_with_it",
        ],
    ),
    (
        "Memory that is freed while a thread waits in it stops the machine when the wait ends, not when it is freed; "
        "if the wait never ends, the deadlock names it.",
        ["test_memory::test_a_wait_for_ever_for_a_global_of_an_unloaded_driver_is_a_deadlock_that_says_so"],
    ),
    (
        "Initialising an object with waiters, or a mutex that has an owner, is bug check 0x139 (3) right then, not "
        "when the broken list is next used.",
        [
            "test_guards::test_initialising_an_event_that_has_waiters_is_bug_check_0x139",
            "test_misuse::test_initialising_a_semaphore_that_has_waiters_is_bug_check_0x139",
            "test_mutexes::test_initialising_one_that_is_owned_or_waited_for_is_bug_check_0x139",
        ],
    ),
    (
        "Releasing a fast mutex that the thread does not own is bug check 0xC4 (0x1004, 0x1007), and initialising one "
        "that is owned is 0xC4 (0x1005), as with Driver Verifier's Deadlock Detection; that option's other stops are "
        "not made.",
        [
            "test_fast_mutexes::test_a_release_by_whoever_does_not_own_it_is_what_deadlock_detection_finds",
            "test_fast_mutexes::test_so_is_one_that_is_initialised_while_it_is_owned",
        ],
    ),
    (
        "A fast mutex is handed to its first waiter; newer kernels may let a thread that comes in between have it.",
        ["test_fast_mutexes::test_it_is_handed_to_whoever_has_waited_longest"],
    ),
    (
        "A rename buffer that is overrun is bug check 0xF7 at the call that uses it.",
        ["test_guards::test_a_rename_buffer_that_is_too_short_is_bug_check_0xf7"],
    ),
    (
        "ZwClose of what is not an open handle (NULL aside) is bug check 0x93, as on a machine with a kernel debugger, "
        "which this one is (`Kernel.debugger`, one switch; without it STATUS_INVALID_HANDLE); Driver Verifier has no "
        "part in it. **That may never happen in a system thread:** reports on Windows give as conditions a debugger, a "
        "thread that does not end, and a process that has a PEB, and the System process has none; then "
        "STATUS_INVALID_HANDLE is all there is. The page of 0x93 does not say.",
        [
            "test_handles::test_what_is_no_handle_closed_is_bug_check_0x93_where_a_debugger_is_on_and_else_a_status",
            "test_handles::test_null_is_an_invalid_handle_whether_or_not_a_debugger_is_on",
        ],
    ),
    (
        "No handle value is used again. On Windows a closed one soon stands for another object, and a stale copy of it "
        "works on that one; here it is STATUS_INVALID_HANDLE.",
        ["test_handles::test_a_handle_is_never_used_again"],
    ),
    (
        "What Windows has and the simulator does not is refused at the driver's line by its name (`not simulated: "
        "named streams; ...`): flags, options, attributes, classes of information, names, arguments other than NULL. "
        "No argument is ignored, except those that decide nothing here, according to the routine's page.",
        [
            "test_arguments::test_a_routine_looks_at_each_of_its_arguments_but_those_that_decide_nothing",
            "test_arguments::test_a_flag_is_simulated_or_invalid_or_refused_by_its_name",
            "test_arguments::test_what_is_not_simulated_is_refused_and_null_is_not",
            "test_file_requests::test_a_name_that_is_not_simulated_is_refused_by_what_it_names",
        ],
    ),
    (
        "The parameters of ZwCreateFile are checked as those of callers in user mode are; a call from kernel mode may "
        "get further on Windows. FILE_SYNCHRONOUS_IO_* without SYNCHRONIZE, which the page forbids, is accepted, as "
        "from kernel mode.",
        ["test_file_requests::test_what_does_not_go_together_is_an_invalid_parameter"],
    ),
    (
        "A read or write is done when its call returns. One through a handle without FILE_SYNCHRONOUS_IO_*, which may "
        "be pending on Windows, is refused, and so is a file of more than 16 MB.",
        [
            "test_file_requests::test_a_handle_that_is_not_synchronous_has_no_position",
            "test_file_requests::test_a_file_that_would_not_fit_into_memory_is_refused",
        ],
    ),
    (
        "A thread cannot end inside a `try` that has a `finally`: Python would run the `finally`, but Windows runs no "
        "`__finally` then, so this is refused.",
        ["test_misuse::test_a_thread_does_not_end_inside_a_try_with_a_finally_which_windows_would_not_run"],
    ),
    (
        "A Zw routine refuses a handle that was not opened for what it does (vector FS-REN-08). User-mode callers get "
        "that, and the public tests saw it; on Windows a call from kernel mode is not checked.",
        ["test_conformance::test_the_routines_do_what_the_vector_says"],
    ),
    (
        "An argument of a wrong type is a Python error at the driver's line; a C compiler might refuse it, or let it "
        "pass.",
        ["test_misuse::test_a_wrong_argument_is_a_clear_error_at_the_learners_line"],
    ),
]

# What is absent, what follows from that, and routines that would be there otherwise: a test holds that they are not.
ABSENT = [
    (
        "APCs",
        "no wait ends with STATUS_USER_APC, and none loses its place in the list or misses a pulse, as it can on "
        "Windows",
        ["KeInitializeApc", "KeInsertQueueApc", "KeEnterCriticalRegion"],
        [],
    ),
    (
        "Interrupts and DPCs",
        "only a thread that raised the IRQL runs at a raised one; bug checks 0xB8 and 0x133 do not occur",
        ["KeInitializeDpc", "KeInsertQueueDpc", "KeConnectInterrupt"],
        [],
    ),
    (
        "Mutants, which user mode shares, and guarded mutexes",
        "no STATUS_ABANDONED",
        ["ZwCreateMutant", "KeInitializeGuardedMutex"],
        [],
    ),
    ("Spin locks, ERESOURCEs, push locks", "", ["KeAcquireSpinLock", "ExAcquireResourceExclusiveLite"], []),
    ("Timer objects", "but waits have time-outs, and there are delays", ["KeInitializeTimer", "KeSetTimer"], []),
    (
        "The clock's tick",
        "a time-out is exact to 100 ns; Windows notices it at a clock interrupt, so up to a tick later or earlier",
        [],
        ["test_kernel::test_a_relative_time_out_ends_the_wait_when_it_is_due"],
    ),
    (
        "Preemption within a call",
        "threads switch only at awaited routines. What a driver does between them is atomic here; two unordered "
        "accesses to shared memory are reported as a data race, and then nothing `holds`",
        [],
        [
            "test_races::TestEdges::test_a_shared_field_is_a_data_race",
            "test_explore::TestNothingButAProofHolds::test_a_data_race",
        ],
    ),
    (
        "Pageable memory",
        "no page faults at raised IRQL, no swapped-out stacks in UserMode waits",
        ["MmLockPagableCodeSection"],
        [],
    ),
    ("User mode, other processes, ACLs, IRPs", "", ["IoCallDriver", "PsGetCurrentProcess"], []),
]

OBJECTS = [
    ("KEVENT, NotificationEvent", "its SignalState is above 0", "nothing", [
        "test_kernel::test_a_notification_event_releases_every_waiter_and_stays_signaled",
    ]),
    ("KEVENT, SynchronizationEvent", "its SignalState is above 0", "sets it to 0", [
        "test_kernel::test_a_synchronization_event_releases_one_waiter",
        "test_kernel::test_a_signal_that_nobody_waits_for_is_kept_for_one_waiter",
    ]),
    ("KSEMAPHORE", "its count (SignalState) is above 0", "takes 1", [
        "test_semaphores::test_as_many_waits_are_satisfied_as_the_count_says",
    ]),
    ("KMUTEX", "nobody owns it (SignalState 1), or the waiting thread does", "owns it, or owns it once more", [
        "test_mutexes::test_a_satisfied_wait_makes_the_owner_and_nobody_else_has_it_until_it_is_given_back",
        "test_mutexes::test_a_look_tells_how_often_it_is_owned",
    ]),
    ("FAST_MUTEX, only by its own routines", "nobody owns it", "owns it", [
        "test_fast_mutexes::test_who_finds_it_free_owns_it_and_whoever_else_wants_it_waits",
    ]),
    ("KTHREAD", "the thread has ended", "nothing", [
        "test_objects::test_a_threads_object_is_signaled_by_its_end_for_ever",
    ]),
]  # fmt: skip

FILES = [
    (
        "Of two opens of a file, each must share the read, write and delete access that the other has; it does not "
        "matter which came first. An open without any of the three conflicts with none.",
        ["test_volume::test_whether_two_opens_agree_does_not_depend_on_their_order"],
    ),
    (
        "A refused open changes nothing and truncates nothing.",
        ["test_volume::test_a_refused_open_changes_nothing"],
    ),
    (
        "Volumes agree with a second, simpler model on random scripts. There is no cache, no journal and no link; "
        "names are compared without regard to case.",
        ["test_state_machines::test_the_volume_does_what_the_simple_model_does"],
    ),
]
