/// How a report came about: what a reader needs to make it again.
public struct Provenance: Sendable, Hashable {
  /// Of the program.
  public var version: String
  public var seed: UInt64
  /// The plan file as the user named it; empty where there is none.
  public var file: String
  /// The command that makes the same report again.
  public var command: String

  public init(version: String = "", seed: UInt64 = 1, file: String = "", command: String = "") {
    self.version = version
    self.seed = seed
    self.file = file
    self.command = command
  }

  /// `headroom 1.2.0`; the name alone where the version is not known.
  var name: String { "headroom\(version.isEmpty ? "" : " \(version)")" }
  /// `headroom 1.2.0, seed 1`.
  var program: String { "\(name), seed \(seed)" }
}
