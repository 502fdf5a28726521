import Glibc

/// The network or the operating system refused.
///
/// It has the fields of `RoomFault` in `Quantities`, which this room may not know.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it was. More kinds may come: switch with a default.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// The address is not one that can be spoken to.
    public static let badAddress = Code("bad address")
    /// The host's name leads nowhere.
    public static let unknownHost = Code("unknown host")
    /// The system gives no more sockets, events or memory.
    public static let exhausted = Code("exhausted")
    /// The port is taken or may not be listened on.
    public static let cannotListen = Code("cannot listen")
    /// The process is not there or not ours to signal.
    public static let badProcess = Code("bad process")
  }

  public var code: Code
  /// What happened, without a full stop.
  public var problem: String
  /// What to do next, without a full stop. Never empty.
  public var remedy: String

  public init(_ code: Code, _ problem: String, remedy: String) {
    precondition(!remedy.isEmpty, "an error names what to do next")
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }

  public var description: String { "\(problem); \(remedy)" }

  /// What the operating system says about its last error.
  static func systemWords(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
}
