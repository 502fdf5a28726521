import Glibc
import Optimizing
import Terminal

struct DoctorVerb: Verb {
  static let info = VerbInfo(
    "doctor", "what is installed, what is missing, what to do?",
    discussion: "Looks for the programs and files that some verbs use and says what each is for. Nothing is installed.",
    examples: [Example("headroom doctor", "what works here")], section: "Help")

  let common: SharedOptions

  init(_ a: inout Arguments) throws(UsageError) { common = try SharedOptions(&a) }

  private static let parts: [(name: String, paths: [String], use: String, remedy: String)] = [
    (
      "time zones", ["/usr/share/zoneinfo/Europe/Berlin"], "plans in a time zone other than UTC",
      "install the package tzdata"
    ),
    ("Prometheus", ["prometheus"], "trying a Prometheus source here", "install the package prometheus"),
    (
      "Chromium", ["chromium", "chromium-browser", "google-chrome"], "looking at reports without a desktop",
      "install the package chromium"
    ),
    ("git", ["git"], "plans under version control", "install the package git"),
  ]

  func run() throws -> ExitCode {
    var table = TextTable([.init("what"), .init("state"), .init("for", isFlexible: true), .init("to do")])
    for part in DoctorVerb.parts {
      let found = part.paths.lazy.compactMap { find($0) }.first
      table.add([part.name, found == nil ? "missing" : "there", part.use, found == nil ? part.remedy : ""])
    }
    table.add([
      "HiGHS", Solver.version.map { "there, \($0)" } ?? "missing", "placing over regions",
      Solver.isAvailable ? "" : Solver.remedy,
    ])
    common.console.write(table.text(width: common.console.width, style: common.console.style))
    common.console.print("headroom \(Headroom.version); everything else is built in.")
    return .done
  }

  private func find(_ program: String) -> String? {
    if program.hasPrefix("/") { return access(program, R_OK) == 0 ? program : nil }
    let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(String.init)
    return folders.map { $0 + "/" + program }.first { access($0, X_OK) == 0 }
  }
}
