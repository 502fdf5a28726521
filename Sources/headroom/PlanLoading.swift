import Connecting
import Documents
import Planning
import Quantities
import Terminal

/// `--service NAME`: of a plan of several services the one that is meant.
enum ServiceOption {
  static func read(_ a: inout Arguments) throws(UsageError) -> String? {
    try a.option("service", value: "NAME", help: "of a plan of several services, the one that is meant")
  }
}

/// What a plan may reach beyond its own folder and the servers that the environment names.
enum AccessOptions {
  static func read(_ a: inout Arguments) throws(UsageError) -> PlanAccess {
    a.section("What the plan may reach")
    defer { a.section("") }
    return PlanAccess(
      hosts: try a.options(
        "allow-host", value: "HOST[:PORT]", help: "a server that the plan may ask, beside HEADROOM_PROMETHEUS_URL's"),
      folders: try a.options(
        "allow-files", value: "FOLDER", help: "a folder that the plan may name files of, beside its own"),
      variables: try a.options(
        "allow-variable", value: "NAME", help: "a variable that the plan may read, beside HEADROOM_..."),
      isOffline: a.flag("offline", help: "touch neither network nor files outside the plan's folder"))
  }
}

extension PlanFile {
  /// Loads the plan file that a command names; warnings and progress go to its messages.
  init(
    _ path: String, _ common: SharedOptions, catalog: String? = nil, access: PlanAccess = PlanAccess(),
    service: String? = nil
  ) throws {
    let (now, isGiven) = try Clock.moment(common)
    let bar = ProgressBar("loading traffic", total: 1, on: common.console)
    defer { bar.finish() }
    try self.init(
      path: path,
      Options(now: now, isNowGiven: isGiven, catalog: catalog, access: access, service: service) { _, done in
        bar.update(to: done)
      })
    for warning in warnings.all { common.console.messages.write("\(warning)\n") }
    for service in services {
      // Warnings are the plan's findings; what was understood stands in its JSON, and here where it is worth a look.
      guard let trace = service.trace, !trace.report.reading.isPlain else { continue }
      common.console.note("\(trace.source): \(trace.report.reading.line)")
    }
  }
}

extension LoadedPlan {
  /// The plan of one service, for verbs that ask about one.
  /// - Throws: ``Failure`` where the file holds several and none is named.
  init(
    file: String, common: SharedOptions, catalogFile: String?, access: PlanAccess = PlanAccess(),
    service: String? = nil
  ) throws {
    let loaded = try PlanFile(file, common, catalog: catalogFile, access: access, service: service)
    guard loaded.services.count == 1, let only = loaded.services.first else {
      let names = loaded.services.compactMap(\.service)
      throw Failure(
        "\(file) plans several services: \(names.joined(separator: ", ")). Name one: --service \(names.first ?? "NAME").",
        exitCode: .usage)
    }
    self = only
  }
}
