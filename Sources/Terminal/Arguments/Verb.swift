#if compiler(>=6.2)
  /// Lets the types of verbs, and so the tree, be shared between threads; up to Swift 6.1 every type can be.
  public typealias ShareableType = SendableMetatype
#else
  public typealias ShareableType = Any
#endif

/// One thing that the program can do.
///
///     struct PlanVerb: Verb {
///       static let info = VerbInfo("plan", "how much of what, where, when, at what cost?")
///       let common: SharedOptions
///       let file: String
///       init(_ a: inout Arguments) throws(UsageError) {
///         file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
///         common = try SharedOptions(&a, formats: [.text, .json])
///       }
///       func run() throws -> ExitCode { ... common.console.print("...") ... }
///     }
public protocol Verb: ShareableType {
  /// What help says about the verb.
  static var info: VerbInfo { get }

  /// Declares and reads the verb's arguments; runs twice, so it has no effects.
  init(_ a: inout Arguments) throws(UsageError)

  /// Does the work.
  ///
  /// - Returns: how it ended. Results go through the console that `SharedOptions` holds.
  func run() throws -> ExitCode
}

/// A command line that somebody can copy, and what it shows.
public struct Example: Hashable, Sendable {
  /// The whole command line, the program's name included.
  public var command: String
  /// What it does, in a few words.
  public var remark: String

  public init(_ command: String, _ remark: String) {
    self.command = command
    self.remark = remark
  }
}

/// What help, the man page and completion say about a verb.
public struct VerbInfo: Hashable, Sendable {
  /// The word to type.
  public var name: String
  /// The question that the verb answers, in one line.
  public var summary: String
  /// Paragraphs for those who want to know more, divided by empty lines.
  public var discussion: String
  /// Command lines to start from, the commonest first.
  public var examples: [Example]
  /// Other verbs: "load saturation", "simulate".
  public var seeAlso: [String]
  /// The heading under which the program's help lists the verb.
  public var section: String

  public init(
    _ name: String, _ summary: String, discussion: String = "", examples: [Example] = [], seeAlso: [String] = [],
    section: String = ""
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.examples = examples
    self.seeAlso = seeAlso
    self.section = section
  }
}

/// A place in the tree of verbs: one verb, or a word with verbs under it.
public struct VerbNode: Sendable {
  /// What help says here.
  public let info: VerbInfo
  /// What runs where no verb of the group is named, or nil for a group that needs one.
  public let verb: (any Verb.Type)?
  /// The verbs under this word.
  public let children: [VerbNode]

  /// One verb.
  public static func verb(_ verb: any Verb.Type) -> VerbNode {
    VerbNode(info: verb.info, verb: verb, children: [])
  }

  /// A word with verbs under it: `replay hpa`, `replay keda`.
  public static func group(_ info: VerbInfo, _ children: [VerbNode]) -> VerbNode {
    VerbNode(info: info, verb: nil, children: children)
  }

  /// A verb that has others under it: `load URL`, `load saturation URL`.
  public static func group(_ verb: any Verb.Type, _ children: [VerbNode]) -> VerbNode {
    VerbNode(info: verb.info, verb: verb, children: children)
  }
}
