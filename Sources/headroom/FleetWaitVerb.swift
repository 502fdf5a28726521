import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Terminal

struct FleetWaitVerb: Verb {
  static let info = VerbInfo(
    "wait", "where does a cluster's job stand?",
    discussion: """
      Follows a job of 'headroom fleet submit' by what is in its folder: tasks without answers that the engine no longer \
      knows are handed in again, and at the end the answers are put together in the order of the questions. May be stopped \
      and started as often as you like, on any machine that sees the folder; --look says where it stands and leaves.
      """,
    examples: [
      Example("headroom fleet wait /shared/job -o answers.ndjson", "to its end"),
      Example("headroom fleet wait /shared/job --look", "where it stands"),
    ], seeAlso: ["fleet submit", "fleet cancel"], section: "Plan")

  let common: SharedOptions
  let folder: String
  let isLook: Bool

  init(_ a: inout Arguments) throws(UsageError) {
    isLook = a.flag("look", help: "say where it stands, hand nothing in, and leave")
    folder = try a.positional("DIR", help: "the job's folder", completion: .files([]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown, .csv], now: true)
  }

  func run() throws -> ExitCode {
    let job = try ClusterJob(folder: folder)
    guard isLook else { return try FleetFollowing(job, common).run(isDetached: false) }
    let open = job.open
    common.console.print(
      "\(job.tasks - open.count) of \(job.tasks) tasks are done, \(job.questions) questions in all; handed in \(job.submissions.count) time\(job.submissions.count == 1 ? "" : "s") (\(job.engine) \(job.submissions.map(\.id).joined(separator: ", ")))."
    )
    return .done
  }
}

struct FleetCancelVerb: Verb {
  static let info = VerbInfo(
    "cancel", "how do I take a cluster's job back?",
    discussion:
      "Takes back what waits or runs of a job of 'headroom fleet submit'. Answers that are there stay, and 'headroom fleet wait' goes on with the rest.",
    examples: [Example("headroom fleet cancel /shared/job", "its tasks end")], seeAlso: ["fleet submit", "fleet wait"],
    section: "Plan")

  let common: SharedOptions
  let folder: String

  init(_ a: inout Arguments) throws(UsageError) {
    folder = try a.positional("DIR", help: "the job's folder", completion: .files([]))
    common = try SharedOptions(&a)
  }

  func run() throws -> ExitCode {
    let job = try ClusterJob(folder: folder)
    try ClusterWatch(job).cancel()
    common.console.print("Taken back: \(job.open.count) of \(job.tasks) tasks are without answers.")
    return .done
  }
}

/// From a job that is handed in to its answers.
struct FleetFollowing {
  let job: ClusterJob
  let common: SharedOptions

  init(_ job: ClusterJob, _ common: SharedOptions) {
    self.job = job
    self.common = common
  }

  func run(isDetached: Bool) throws -> ExitCode {
    var watch = try ClusterWatch(job)
    let bar = ProgressBar("answering", total: Double(job.tasks), unit: "tasks", on: common.console)
    Interruption.install()
    defer { Interruption.uninstall() }
    var pause = 0.25
    while true {
      switch try watch.look() {
      case .done:
        bar.finish()
        return try merge()
      case .going(let done, let again):
        bar.update(to: Double(done))
        if !again.isEmpty {
          common.console.warn(
            "\(again.count) lost task\(again.count == 1 ? " is" : "s are") handed in again: \(again.prefix(10).map { "\($0)" }.joined(separator: ", "))\(again.count > 10 ? ", ..." : "")."
          )
        }
      case .failed(let lost):
        bar.finish()
        let words = lost.prefix(5).map { "task \($0.task)\($0.words.map { ": \($0)" } ?? "")" }
        throw Failure(
          [
            "\(lost.count) of \(job.tasks) tasks were lost \(job.retries + 1) time\(job.retries == 0 ? "" : "s"): \(words.joined(separator: "; ")).",
            "Their logs are in \(job.folder)/log. Mend what they say and go on: headroom fleet wait \(ShellWord.file(job.folder))",
          ], exitCode: .worldFailed)
      case .byHand(let command):
        bar.finish()
        common.console.print(command)
        common.console.warn(
          "The engine's own program is not here: the job is written, and the command above hands it in. Then: headroom fleet wait \(ShellWord.file(job.folder))"
        )
        return .unavailable
      }
      if isDetached || Interruption.isRequested {
        bar.finish()
        common.console.note("It goes on by itself. Follow it: headroom fleet wait \(ShellWord.file(job.folder))")
        return isDetached ? .done : .interrupted
      }
      Clock.sleep(pause)
      // Short jobs end soon; long ones are not asked about more often than anybody can read.
      pause = min(5, pause * 1.3)
    }
  }

  /// The answers as they are, or the report of a fleet's.
  private func merge() throws -> ExitCode {
    guard job.isOfPlans else {
      try job.merge { common.console.result.write(bytes: $0) }
      return .done
    }
    var rows: [FleetRow] = []
    var reader = NDJSONReader()
    func take(_ line: UnsafeRawBufferPointer) {
      guard let node = try? JSON.parse(line, file: nil) else { return }
      let id = node["id"]?.text ?? ""
      if let error = node["error"] {
        rows.append(FleetRow("", file: id, fault: error["message"]?.text ?? "unknown"))
      }
      rows += (node["services"]?.elements ?? []).compactMap { FleetRow($0) }
    }
    try job.merge { chunk in try reader.feed(chunk) { line, _ in take(line) } }
    try reader.finish { line, _ in take(line) }
    let today = TimeZoneRules.utc.local(try Clock.moment(common).now).date
    let report = FleetReport(
      ServiceFleet(rows), source: job.folder, today: today,
      provenance: Provenance(version: Headroom.version, file: job.folder, command: ReportWriting.commandLine))
    ReportWriting.write(report, common)
    return report.fleet.isMet && report.fleet.faults.isEmpty ? .done : .objectiveMissed
  }
}
