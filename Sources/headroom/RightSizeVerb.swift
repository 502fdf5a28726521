import Connecting
import Documents
import Quantities
import Reporting
import Scaling
import Terminal
import Traffic

struct RightSizeVerb: Verb {
  static let info = VerbInfo(
    "right-size", "which request and which autoscaler's target, together?",
    discussion: """
      A HorizontalPodAutoscaler that holds a share of the CPU request holds, in truth, a use: request x target. Lower the \
      request alone and it adds pods that each use less, so that the request may be lowered again; raise the target alone \
      and the wrong request is paid for. This sets both at once, from recorded use: the use at which a pod is held, by the \
      least cores requested that keep pods below their ceiling while new ones start; the request from what pods use there; \
      the target from both.

      FILE is a table with a column of the cores that all pods used together (cpu), and may have the number of pods \
      (replicas) and the memory of the largest (memory, in bytes). Manifests beside it, a Deployment and its \
      HorizontalPodAutoscaler, say what is set today; --request, --target, --minimum and --maximum say it without them.

      Exit code 0: a setting keeps pods below their ceiling. 2: none does.
      """,
    examples: [
      Example("headroom right-size use.csv deployment.yaml hpa.yaml --ceiling 1500m", "from manifests"),
      Example(
        "headroom right-size use.csv --request 1000m --target 50 --minimum 3 --maximum 60 --startup 90s -o right-size.html",
        "as a page"),
    ], seeAlso: ["check", "tune", "replay"], section: "Cluster")

  let common: SharedOptions
  let files: [String]
  let reading: ReadingArguments
  let cpu: String?
  let replicas: String?
  let memory: String?
  let request: KubernetesQuantity?
  let ceiling: KubernetesQuantity?
  let idle: KubernetesQuantity?
  let target: Int?
  let minimum: Int?
  let maximum: Int?
  let startup: Duration
  let metricDelay: Duration
  let overload: Fraction?

  init(_ a: inout Arguments) throws(UsageError) {
    func quantity(_ text: String?, _ name: String) -> KubernetesQuantity? {
      guard let text else { return nil }
      let read = KubernetesQuantity(text)
      let isGood = (read?.milli ?? 0) > 0
      a.check(isGood, "'--\(name)' is a number of cores above 0. Write --\(name) 500m.")
      return isGood ? read : nil
    }
    a.section("The table")
    cpu = try a.option("cpu", value: "COLUMN", help: "the column of cores that all pods used together (cpu)")
    replicas = try a.option("replicas", value: "COLUMN", help: "the column of pods (replicas, where it is there)")
    memory = try a.option(
      "memory", value: "COLUMN", help: "the column of the largest pod's memory in bytes (memory, where it is there)")
    a.section("Today's settings, where no manifest says them")
    let requestText: String? = try a.option("request", value: "CPU", help: "what a pod requests, as 500m")
    request = quantity(requestText, "request")
    target = try a.option("target", value: "PERCENT", help: "the share of the request that the autoscaler holds, as 70")
    minimum = try a.option("minimum", value: "N", help: "its least replicas")
    maximum = try a.option("maximum", value: "N", help: "its most replicas")
    a.section("The service")
    let ceilingText: String? = try a.option(
      "ceiling", value: "CPU", help: "the use of a pod beyond which it is throttled or too slow; its limit where absent"
    )
    ceiling = quantity(ceilingText, "ceiling")
    let idleText: String? = try a.option("idle", value: "CPU", help: "what a pod uses without any work")
    idle = quantity(idleText, "idle")
    startup = try a.duration("startup", default: .seconds(60), help: "from the decision until a new pod serves")
    metricDelay = try a.duration("metric-delay", default: .seconds(30), help: "how old a measurement is")
    let overloadText: String? = try a.option(
      "overload", value: "SHARE", help: "the share of time in which pods may need more; as much as today where absent")
    overload = overloadText.flatMap { try? Fraction.parse($0) }
    let isShare = overloadText == nil || (overload.map { (0...1).contains($0.rawValue) } ?? false)
    a.check(isShare, "'--overload' is a share from 0 to 1. Write --overload 0.1%.")
    reading = try ReadingArguments(&a)
    files = try a.positionals(
      "FILE", help: "recorded use, and manifests", completion: .files(["csv", "gz", "ndjson", "yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown])
    let isGiven = a.isDeclaring || !files.isEmpty
    a.check(isGiven, "No file is named. Write 'headroom right-size use.csv deployment.yaml hpa.yaml'.")
    let isTarget = target.map { (1...1000).contains($0) } ?? true
    a.check(isTarget, "'--target' is a percent from 1 to 1000. Write --target 70.")
    let bounds = (minimum ?? 1, maximum ?? .max)
    let isBounded = bounds.0 >= 1 && bounds.0 <= bounds.1 && (maximum ?? 1) <= 1_000_000
    a.check(isBounded, "'--minimum' is from 1 up to '--maximum', which is at most 1,000,000.")
  }

  func run() throws -> ExitCode {
    let tables = files.filter { !Self.isManifest($0) }
    guard let table = tables.first, tables.count == 1 else {
      throw Failure(
        "Name one table of recorded use beside the manifests: headroom right-size use.csv deployment.yaml hpa.yaml.",
        exitCode: .usage)
    }
    var today = WorkloadSettings()
    for file in files where Self.isManifest(file) {
      today.merge(try WorkloadSettings(try Input.read(path: file), file: file))
    }
    let use = try recorded(table)
    var notes = use.notes
    guard let requested = request?.milli ?? today.requestMilli else {
      throw Failure(
        "What a pod requests today is not said. Add the Deployment's manifest, or --request 500m.", exitCode: .usage)
    }
    guard let held = target ?? today.target else {
      throw Failure(
        "What the autoscaler holds today is not said. Add its manifest (with a CPU utilization), or --target 70.",
        exitCode: .usage)
    }
    let least = max(1, minimum ?? today.minimum ?? 1)
    let seenMost = use.recorded.pods.filter(\.isFinite).max().map { Int($0.rounded(.up)) } ?? 0
    let most = max(least, maximum ?? today.maximum ?? max(seenMost, least))
    var top = ceiling.map { Double($0.milli) } ?? today.limitMilli.map(Double.init)
    if top == nil {
      let observed = use.recorded.perPod.max()
      top = observed ?? Double(requested)
      notes.append(
        "the ceiling of a pod is not said: \(observed == nil ? "its request" : "the most that one was seen to use"), \(Int(top ?? 0))m, is taken; measure it, or write --ceiling"
      )
    }
    let simulation = PodSimulation(
      use: use.recorded, ceilingMilli: top ?? Double(requested), startup: startup, metricDelay: metricDelay,
      idleMilli: idle.map { Double($0.milli) } ?? 0)
    if use.recorded.step > .minutes(5) {
      notes.append(
        "steps of \(NumberFormat.duration(use.recorded.step)) hide what happens within them: record use every minute")
    }
    let sizing = RightSizing(
      simulation, today: PodSettings(requestMilli: requested, target: held, minimum: least, maximum: most),
      allowed: overload?.rawValue)
    let report = RightSizeReport(
      sizing, name: today.name.isEmpty ? table : today.name, simulation: simulation, memory: use.memory, notes: notes,
      provenance: Provenance(version: Headroom.version, file: table, command: ReportWriting.commandLine))
    ReportWriting.write(report, common)
    return sizing.isMet ? .done : .objectiveMissed
  }

  private static func isManifest(_ file: String) -> Bool {
    [".yaml", ".yml"].contains { file.lowercased().hasSuffix($0) }
  }

  // MARK: Recorded use

  private func recorded(_ file: String) throws -> (recorded: RecordedUse, memory: Bytes?, notes: [String]) {
    var options = try reading.options(step: nil)
    // Cores are a level, whatever the column is called.
    options.unit = options.unit ?? .gauge
    func series(_ column: String, isNeeded: Bool) throws -> TimeSeries<RequestRate>? {
      var selection = SeriesSelection(time: reading.time)
      selection.values = [column]
      do {
        return try TraceReader.read(path: file, selection, options: options).first?.trace.series
      } catch let error as Diagnostics {
        // A column that is there and cannot be read is no column that is missing.
        let isThere = (try? CSVTable.preview(path: file))?.header.contains(column) ?? false
        if isNeeded || isThere { throw error }
        return nil
      }
    }
    guard let cores = try series(cpu ?? "cpu", isNeeded: true), cores.count > 1 else {
      throw Failure("\(file) holds no use over time. It needs a column of times and one of cores.", exitCode: .badInput)
    }
    func beside(_ column: String?, _ usual: String) throws -> [Double] {
      guard let found = try series(column ?? usual, isNeeded: column != nil), found.count == cores.count else {
        return []
      }
      return found.rawValues
    }
    let pods = try beside(replicas, "replicas")
    let used = try beside(memory, "memory").filter { $0.isFinite && $0 > 0 }
    // What a process holds cannot be squeezed: the most that was seen, and a seventh more.
    let memory = used.max().map { Bytes(rawValue: $0 * 1.15) }
    return (
      RecordedUse(start: cores.start, step: cores.step, cores: cores.rawValues, pods: pods), memory,
      memory == nil ? ["memory was not recorded, and is left as it is"] : []
    )
  }
}
