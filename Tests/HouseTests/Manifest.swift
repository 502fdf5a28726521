/// What Package.swift declares, read as text: the rooms, the test targets, and what each depends on.
///
/// Understands the calls that the manifest is written with (`room(`, `tests(of:`, `.target(`, ...), comments and
/// strings; not Swift.
struct Manifest {
  struct Target {
    /// The call that declares it: `room`, `tests`, `.target`, `.executableTarget`, `.testTarget`, `.systemLibrary`.
    var kind: String
    var name: String
    var dependencies: [String]
    var path: String?
  }
  private(set) var targets: [Target] = []

  /// The rooms of the house, without C targets and test support.
  var rooms: [Target] {
    targets.filter { $0.kind == "room" || $0.kind == ".executableTarget" }
  }
  var testTargets: [Target] { targets.filter { $0.kind == "tests" || $0.kind == ".testTarget" } }

  static let calls = ["room", "tests", ".target", ".executableTarget", ".testTarget", ".systemLibrary"]

  init(_ text: String) {
    let code = Array(Manifest.withoutComments(text))
    // Declarations of the manifest's own functions stand above the package and are not targets.
    guard var p = Manifest.find("let package", in: code, from: 0) else { return }
    while p < code.count {
      guard let call = Manifest.calls.first(where: { Manifest.begins($0 + "(", at: p, in: code) }),
        p == 0 || !(code[p - 1].isLetter || code[p - 1].isNumber || code[p - 1] == "_")
      else {
        p = code[p] == "\"" ? Manifest.endOfString(code, p) : p + 1
        continue
      }
      let open = p + call.count
      let close = Manifest.closing(code, open)
      let inside = Array(code[(open + 1)..<close])
      let lists = ["on:", "dependencies:", "with:"]
      var dependencies: [String] = []
      for list in lists {
        guard let at = Manifest.find(list, in: inside, from: 0), let from = inside[at...].firstIndex(of: "[") else {
          continue
        }
        dependencies += Manifest.strings(Array(inside[from..<Manifest.closing(inside, from)]))
      }
      if let name = Manifest.strings(inside).first {
        if call == "tests" { dependencies.append(name) }
        var path: String?
        if let at = Manifest.find("path:", in: inside, from: 0) { path = Manifest.strings(Array(inside[at...])).first }
        targets.append(
          Target(kind: call, name: call == "tests" ? name + "Tests" : name, dependencies: dependencies, path: path))
      }
      p = close
    }
  }

  // MARK: Text

  private static func withoutComments(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      var quoted = false
      var previous: Character = " "
      var kept = ""
      for c in line {
        if c == "\"", previous != "\\" { quoted.toggle() }
        if !quoted, c == "/", previous == "/" { return String(kept.dropLast()) }
        kept.append(c)
        previous = c
      }
      return kept
    }.joined(separator: "\n")
  }
  private static func begins(_ word: String, at p: Int, in code: [Character]) -> Bool {
    p + word.count <= code.count && zip(word, code[p...]).allSatisfy { $0 == $1 }
  }
  private static func find(_ word: String, in code: [Character], from: Int) -> Int? {
    var p = from
    while p < code.count {
      if begins(word, at: p, in: code) { return p }
      p = code[p] == "\"" ? endOfString(code, p) : p + 1
    }
    return nil
  }
  /// The index behind the string literal that opens at `p`.
  private static func endOfString(_ code: [Character], _ p: Int) -> Int {
    var q = p + 1
    while q < code.count, code[q] != "\"" { q += code[q] == "\\" ? 2 : 1 }
    return min(q + 1, code.count)
  }
  /// The index of the bracket that closes the one at `open`.
  private static func closing(_ code: [Character], _ open: Int) -> Int {
    var depth = 0
    var p = open
    while p < code.count {
      switch code[p] {
      case "(", "[": depth += 1
      case ")", "]":
        depth -= 1
        if depth == 0 { return p }
      case "\"":
        p = endOfString(code, p)
        continue
      default: break
      }
      p += 1
    }
    return code.count
  }
  private static func strings(_ code: [Character]) -> [String] {
    var result: [String] = []
    var p = 0
    while p < code.count {
      guard code[p] == "\"" else {
        p += 1
        continue
      }
      let end = endOfString(code, p)
      result.append(String(code[(p + 1)..<max(p + 1, end - 1)]))
      p = end
    }
    return result
  }
}
