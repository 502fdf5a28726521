import Documents
import Glibc

/// The files of a Git work tree as they were at a revision, in a folder of their own that goes with the value.
public final class GitRevision {
  /// Where the file lies in it.
  public let path: String
  private let folder: String

  /// - Parameters:
  ///   - revision: a branch, a tag or a commit.
  ///   - file: a file of a work tree.
  /// - Throws: ``ConnectingError`` where there is no Git, no work tree, no such revision, or no such file in it.
  public init(_ revision: String, of file: String) throws(ConnectingError) {
    func fault(_ problem: String, _ remedy: String) -> ConnectingError {
      ConnectingError(.badRequest, problem, remedy: remedy)
    }
    guard let git = Program.find("git"), let tar = Program.find("tar") else {
      throw fault(
        "'\(revision)' is no file, and Git is not installed", "name a plan file or the JSON of a plan's answer")
    }
    // A revision that begins with a hyphen would be an option.
    guard !revision.hasPrefix("-"), !revision.isEmpty else {
      throw fault("'\(revision)' is neither a file nor a revision", "write --against origin/main")
    }
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    let beside = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
    let below = beside.isEmpty ? "/" : beside
    let root = try Program.run(git, ["-C", below, "rev-parse", "--show-toplevel"])
    let prefix = try Program.run(git, ["-C", below, "rev-parse", "--show-prefix"])
    guard root.status == 0, prefix.status == 0 else {
      throw fault(
        "'\(revision)' is no file, and \(file) lies in no Git work tree",
        "name a plan file or the JSON of a plan's answer")
    }
    let known = try Program.run(git, ["-C", below, "rev-parse", "--verify", "--quiet", "\(revision)^{commit}"])
    guard known.status == 0 else {
      throw fault(
        "there is neither a file nor a revision '\(revision)'",
        "fetch it first (git fetch origin main), or name the JSON of a plan's answer")
    }
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(place)/headroom-revision-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw fault("no folder can be made in \(place)", "make room there, or name another place in TMPDIR")
    }
    folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    path = "\(folder)/tree/\(Self.line(prefix.output))\(parts.last ?? "")"
    let archive = folder + "/tree.tar"
    let made = try Program.run(
      git, ["-C", Self.line(root.output), "archive", "--format=tar", "--output=\(archive)", Self.line(known.output)])
    guard made.status == 0, mkdir(folder + "/tree", 0o700) == 0,
      try Program.run(tar, ["-xf", archive, "-C", folder + "/tree"]).status == 0
    else {
      throw fault(
        "the files of '\(revision)' cannot be read: \(Self.line(made.errors))", "try 'git archive \(revision)'")
    }
    unlink(archive)
    guard access(path, R_OK) == 0 else {
      throw fault("there is no \(file) at '\(revision)'", "name the JSON of an earlier answer, or leave --against out")
    }
  }

  deinit {
    if folder.contains("/headroom-revision-"), let rm = Program.find("rm") {
      _ = try? Program.run(rm, ["-rf", "--", folder])
    }
  }

  /// A program's one line, without its end.
  private static func line(_ text: String) -> String {
    text.split(separator: "\n").first.map(String.init) ?? ""
  }
}
