/// The store cannot do what was asked: the world's fault, with a remedy.
public struct StoringError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it was. More kinds may come: switch with a default.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// The file cannot be opened or made.
    public static let cannotOpen = Code("cannot open")
    /// The file is no database at all.
    public static let notADatabase = Code("not a database")
    /// The file is a database of another program.
    public static let foreign = Code("foreign database")
    /// The file was written by a newer version of this program.
    public static let tooNew = Code("too new")
    /// The file is damaged.
    public static let damaged = Code("damaged")
    /// The file or its folder cannot be written.
    public static let readOnly = Code("read-only")
    /// Another process holds the file for too long.
    public static let locked = Code("locked")
    /// No space is left.
    public static let diskFull = Code("disk full")
    /// The value is larger than a database can hold.
    public static let tooLarge = Code("too large")
    /// Nothing of that name is there.
    public static let notFound = Code("not found")
    /// Reading or writing failed otherwise.
    public static let failed = Code("failed")
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
}
