import CLinux

/// What this process keeps in memory.
public enum ProcessMemory {
  /// Gives back the pages of code that have been used so far; what is used again comes back from the system's cache, a
  /// hundred or so faults. Of use where a program has started up with much code and now does one thing for long.
  public static func releaseCode() { cl_release_code() }
}
