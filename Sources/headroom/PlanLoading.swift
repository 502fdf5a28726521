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

extension PlanFile {
  /// Loads the plan file that a command names; warnings and progress go to its messages.
  init(_ path: String, _ common: SharedOptions, catalog: String? = nil, service: String? = nil) throws {
    let (now, isGiven) = try Clock.moment(common)
    let bar = ProgressBar("loading traffic", total: 1, on: common.console)
    defer { bar.finish() }
    try self.init(
      path: path,
      Options(now: now, isNowGiven: isGiven, catalog: catalog, service: service) { _, done in bar.update(to: done) })
    for warning in warnings.all { common.console.messages.write("\(warning)\n") }
  }
}

extension LoadedPlan {
  /// The plan of one service, for verbs that ask about one.
  /// - Throws: ``Failure`` where the file holds several and none is named.
  init(file: String, common: SharedOptions, catalogFile: String?, service: String? = nil) throws {
    let loaded = try PlanFile(file, common, catalog: catalogFile, service: service)
    guard loaded.services.count == 1, let only = loaded.services.first else {
      let names = loaded.services.compactMap(\.service)
      throw Failure(
        "\(file) plans several services: \(names.joined(separator: ", ")). Name one: --service \(names.first ?? "NAME").",
        exitCode: .usage)
    }
    self = only
  }
}
