import CLinux
import Glibc

/// The clock that only goes forward, in nanoseconds; its start means nothing.
public enum Monotonic {
  /// Costs about 25 ns: no system call.
  @inline(__always) public static func now() -> Int64 { cl_now() }
  /// Processor time that the calling thread has used, in nanoseconds.
  public static func threadTime() -> Int64 { cl_thread_time() }
  /// Asks the kernel to wake this thread when it said, not up to 50 microseconds later.
  public static func wakePunctually() { _ = cl_set_timer_slack(1) }
  /// Lets so many nanoseconds pass without a system call and with little work for the core.
  public static func pause(_ nanoseconds: Int64) { cl_pause(nanoseconds) }
  /// Lets whoever else waits for this core have it.
  public static func giveWay() { sched_yield() }
}
