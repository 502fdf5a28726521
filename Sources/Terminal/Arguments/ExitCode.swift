/// What the process tells its caller; the one list of the codes that this program ends with.
public struct ExitCode: RawRepresentable, Hashable, Sendable {
  /// The number that the shell sees, 0 to 255.
  public let rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The work is done and every objective is met.
  public static let done = ExitCode(rawValue: 0)
  /// The world failed: a file cannot be written, the disk is full.
  public static let worldFailed = ExitCode(rawValue: 1)
  /// The work is done; an objective or a gate is missed.
  public static let objectiveMissed = ExitCode(rawValue: 2)
  /// The command line is wrong (EX_USAGE of sysexits.h).
  public static let usage = ExitCode(rawValue: 64)
  /// An input document is wrong (EX_DATAERR).
  public static let badInput = ExitCode(rawValue: 65)
  /// A source or service is unreachable (EX_UNAVAILABLE).
  public static let unavailable = ExitCode(rawValue: 69)
  /// Ctrl-C: 128 + SIGINT.
  public static let interrupted = ExitCode(rawValue: 130)
  /// The reader of standard output went away, as `head` does: 128 + SIGPIPE, what a shell reports for other tools.
  public static let readerLeft = ExitCode(rawValue: 141)
}
