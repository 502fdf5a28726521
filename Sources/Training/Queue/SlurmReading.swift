import Quantities

/// Slurm's own tables.
extension ClusterState {
  /// Reads the output of `sacct -a -P -o JobID,State,Submit,Start,End,NNodes,Timelimit` and of `sinfo -h -o '%D|%t|%P'`.
  ///
  /// Steps of jobs (`123.batch`) are passed over. Machines that are down, drained or failed do not count.
  ///
  /// - Parameter partition: Only machines of this partition; nil for all (a machine in several counts once a line).
  /// - Throws: ``TrainingError`` where a table lacks its columns.
  public init(sacct: String, sinfo: String, partition: String? = nil, now: Timestamp) throws(TrainingError) {
    var machines = 0
    for line in sinfo.split(whereSeparator: { $0.isNewline }) {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
      guard cells.count >= 2, let count = Int(cells[0]) else {
        throw TrainingError(
          .invalidValue, "sinfo's line '\(line)' is not machines and their state",
          remedy: "write it with sinfo -h -o '%D|%t|%P'")
      }
      if let partition, cells.count > 2, cells[2].filter({ $0 != "*" }) != partition { continue }
      let state = cells[1].lowercased().prefix { $0.isLetter }
      let isUp = ["idle", "alloc", "mix", "comp", "resv", "plnd", "allocated", "mixed", "completing"].contains(
        String(state))
      if isUp { machines += count }
    }
    var lines = sacct.split(whereSeparator: { $0.isNewline })[...]
    guard let head = lines.popFirst() else {
      throw TrainingError(
        .invalidValue, "sacct's table is empty",
        remedy: "write it with sacct -a -P -o JobID,State,Submit,Start,End,NNodes,Timelimit")
    }
    let names = head.split(separator: "|", omittingEmptySubsequences: false).map { $0.lowercased() }
    func column(_ name: String) throws(TrainingError) -> Int {
      if let index = names.firstIndex(of: name) { return index }
      throw TrainingError(
        .invalidValue, "sacct's table has no column '\(name)'",
        remedy: "write it with sacct -a -P -o JobID,State,Submit,Start,End,NNodes,Timelimit")
    }
    let id = try column("jobid")
    let state = try column("state")
    let submit = try column("submit")
    let start = try column("start")
    let end = try column("end")
    let nodes = try column("nnodes")
    let limit = names.firstIndex(of: "timelimit")
    var running: [ClusterJob] = []
    var waiting: [ClusterJob] = []
    var history: [ClusterJob] = []
    func hours(_ text: String) -> Double? {
      guard !text.isEmpty, text != "Unknown", text != "None" else { return nil }
      return Timestamp(iso8601: text.contains("Z") ? text : text + "Z").map { ($0 - now).hours }
    }
    for line in lines {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
      guard cells.count == names.count, !cells[id].contains(".") else { continue }
      guard let submitted = hours(cells[submit]) else { continue }
      let job = ClusterJob(
        id: cells[id], machines: Int(cells[nodes]) ?? 1, submitted: submitted, started: hours(cells[start]),
        ended: hours(cells[end]), limit: limit.flatMap { Self.span(cells[$0]) })
      switch cells[state].uppercased().prefix(while: { $0.isLetter || $0 == "_" }) {
      case "RUNNING": running.append(job)
      case "PENDING": waiting.append(job)
      default: if job.hours != nil { history.append(job) }
      }
    }
    self.init(
      machines: machines, now: 0, running: running,
      waiting: waiting.sorted { $0.submitted < $1.submitted }, history: history)
  }

  /// Slurm's spans: `1-12:00:00`, `36:00:00`, `30:00`; nil for UNLIMITED.
  static func span(_ text: String) -> Double? {
    var days = 0.0
    var rest = text[...]
    if let dash = rest.firstIndex(of: "-") {
      guard let value = Double(rest[..<dash]) else { return nil }
      days = value
      rest = rest[rest.index(after: dash)...]
    }
    let parts = rest.split(separator: ":").map { Double($0) }
    guard !parts.isEmpty, !parts.contains(where: { $0 == nil }) else { return nil }
    let values = parts.compactMap { $0 }
    switch (values.count, days > 0) {
    case (3, _): return days * 24 + values[0] + values[1] / 60 + values[2] / 3600
    case (2, true): return days * 24 + values[0] + values[1] / 60
    case (2, false): return values[0] / 60 + values[1] / 3600
    case (1, true): return days * 24 + values[0]
    case (1, false): return values[0] / 60
    default: return nil
    }
  }
}
