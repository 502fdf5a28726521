import Catalogs
import Documents
import Planning
import Quantities
import Scaling
import Terminal
import Traffic

/// A plan file, read and resolved, with its trace.
struct LoadedPlan {
  var plan: Plan
  var trace: Trace?
  var now: Timestamp
  var isNowGiven: Bool
  var text: [UInt8]
  /// The files of load tests that the plan names.
  var measured: [String] = []

  init(file: String, common: SharedOptions, catalogFile: String?) throws {
    (now, isNowGiven) = try Clock.moment(common)
    text = try Input.read(path: file)
    var spec = try PlanSpec.parse(yaml: text, file: file == "-" ? "standard input" : file)
    if !spec.service.measured.isEmpty {
      let paths = spec.service.measured.map { TraceLoading.path($0, beside: file) }
      spec.service.capacity = try LoadedPlan.measurement(paths).rate
      measured = paths
    }
    var catalog = Catalog.builtIn
    if let catalogFile {
      catalog = try catalog.adding(try JSON.parse(try Input.read(path: catalogFile), file: catalogFile))
    }
    let warnings: Diagnostics
    (plan, warnings) = try Plan.resolve(spec, catalog: catalog, zone: TraceLoading.zone(named:)) {
      (path) throws(Diagnostics) in
      try LoadedPlan.bytes(TraceLoading.path(path, beside: file))
    }
    for warning in warnings.all { common.console.messages.write("\(warning)\n") }
    trace = try TraceLoading.trace(of: plan, planFile: file, now: now, console: common.console)
  }

  private static func measurement(_ paths: [String]) throws(Diagnostics) -> MeasuredCapacity {
    var files: [(bytes: [UInt8], name: String)] = []
    for path in paths { files.append((try bytes(path, key: "service.measured"), path)) }
    return try MeasuredCapacity.read(files)
  }

  /// The contents of a file that a key of the plan names.
  private static func bytes(_ path: String, key: String? = nil) throws(Diagnostics) -> [UInt8] {
    do throws(DocumentError) {
      return try Input.read(path: path)
    } catch {
      throw Diagnostics([.error(error.problem, at: nil, path: key, help: error.remedy.isEmpty ? nil : error.remedy)])
    }
  }

  func outcome(seed: UInt64) throws -> PlanOutcome {
    try Planner.outcome(of: plan, trace: trace, now: now, isNowGiven: isNowGiven, seed: seed)
  }
}
