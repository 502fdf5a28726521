import Catalogs
import Documents
import Planning
import Quantities
import Traffic

/// A plan file with everything that it names: read, resolved, its demand loaded. A command and a dashboard load it alike.
public struct LoadedPlan: Sendable {
  public var plan: Plan
  /// Nil where the plan states its traffic.
  public var trace: Trace?
  public var now: Timestamp
  public var isNowGiven: Bool
  /// The file as it was read.
  public var text: [UInt8]
  /// Nil for a plan of one service; the service's name in a plan of several.
  public var service: String?
  /// The files of load tests that the plan names.
  public var measured: [String]

  /// The answer.
  ///
  /// - Parameter depth: how much of it is asked.
  public func outcome(seed: UInt64, depth: PlanDepth = .full) throws(PlanningError) -> PlanOutcome {
    try Planner.outcome(of: plan, trace: trace, now: now, isNowGiven: isNowGiven, seed: seed, depth: depth)
  }
}

/// A plan file of one service or of several.
public struct PlanFile: Sendable {
  public var name: String
  /// In the order of the file; one where the plan is of one service.
  public var services: [LoadedPlan]
  /// Whether the services stand under `services:`.
  public var isOfSeveral: Bool
  /// What all services together may cost a month.
  public var budget: Money?
  /// What is odd and stops nothing.
  public var warnings: Diagnostics
  /// In which all amounts count: whoever shows them does it within `Currency/shown(_:)`.
  public var currency: Currency

  /// How a plan file is loaded.
  public struct Options: Sendable {
    public var now: Timestamp
    /// Whether the user named the moment.
    public var isNowGiven: Bool
    /// A catalog file of the user's own.
    public var catalog: String?
    /// What it adds to.
    public var base = Catalog.builtIn
    /// Whether demand is loaded; without it a plan has none to answer with.
    public var loadsDemand = true
    /// What the plan may reach.
    public var access: PlanAccess
    /// Of several services the one to load; nil for all.
    public var service: String?
    /// Is told of a source that takes its time, and how much is done, from 0 to 1.
    public var progress: @Sendable (String, Double) -> Void

    public init(
      now: Timestamp, isNowGiven: Bool = false, catalog: String? = nil, access: PlanAccess = PlanAccess(),
      service: String? = nil,
      progress: @escaping @Sendable (String, Double) -> Void = { _, _ in }
    ) {
      self.now = now
      self.isNowGiven = isNowGiven
      self.catalog = catalog
      self.access = access
      self.service = service
      self.progress = progress
    }
  }

  /// Loads a plan file. Every fault of the file, of its names, of the files that it names and of the demand in them is told in
  /// one run, each once. A server is asked only where nothing else is wrong.
  ///
  /// - Throws: `Diagnostics` for what is wrong in the files; the error of whoever loads the demand where that is all.
  public init(path: String, _ options: Options) throws {
    try self.init(
      text: try Input.read(path: path), file: path == "-" ? "standard input" : path, path: path, options
    ) { _, _ in nil }
  }

  /// A plan file's text that was kept elsewhere, with demand that was kept with it. Files that it names are looked for in the
  /// folder where the program runs.
  ///
  /// - Parameters:
  ///   - title: what the text is called in messages.
  ///   - traces: the demand of a service by its name, told by its clock; nil to load it as the plan says.
  public init(
    kept text: [UInt8], title: String, _ options: Options,
    traces: (_ service: String, _ zone: TimeZoneRules) throws -> Trace?
  ) throws {
    try self.init(text: text, file: title, path: "./\(title)", options, traces: traces)
  }

  private init(
    text: [UInt8], file: String, path: String, _ options: Options,
    traces kept: (_ service: String, _ zone: TimeZoneRules) throws -> Trace?
  ) throws {
    let document = try PlanFormat.standard.read(document: text, file: file)
    var faults = PlanFaults(document.faults, document.warnings)
    let catalog = Self.catalog(options.catalog, on: options.base, &faults)
    let specs = try document.services(named: options.service)
    var plans: [(name: String, plan: Plan?)] = []
    for (name, spec) in specs {
      let (plan, found) = Plan.resolving(
        spec, after: document.faults, catalog: catalog, zone: ZoneFiles.zone(named:)
      ) { (name) throws(Diagnostics) in try Self.bytes(name, beside: path, options.access) }
      plans.append((name, plan))
      faults.found.merge(found)
    }
    var traces: [Trace?] = []
    for (name, spec) in specs {
      let place = spec.places.filter { $0.key.hasPrefix("traffic.source") }.values.min {
        ($0.line, $0.column) < ($1.line, $1.column)
      }
      let isSound = faults.isSound
      let trace = faults.catching(at: place, path: "services.\(name).traffic.source") {
        try kept(name, spec.traffic.timeZone.flatMap(ZoneFiles.zone(named:)) ?? .utc)
          ?? Self.trace(of: spec, beside: path, options, isSound: isSound)
      }
      traces.append(trace ?? nil)
    }
    var seasons: [YearlySeason?] = []
    for (name, plan) in plans {
      guard let plan, let like = plan.demand.like, faults.isSound || !like.isRemote else {
        seasons.append(nil)
        continue
      }
      let place = plan.places.filter { $0.key.hasPrefix("traffic.like") }.values.min {
        ($0.line, $0.column) < ($1.line, $1.column)
      }
      seasons.append(
        faults.catching(at: place, path: "services.\(name).traffic.like") {
          try Self.year(of: like, plan, beside: path, options)
        })
    }
    warnings = try faults.thrown()
    name = document.name
    isOfSeveral = document.isOfSeveral
    budget = document.budget
    currency = document.currency
    services = []
    for (((name, resolved), trace), season) in zip(zip(plans, traces), seasons) {
      guard var plan = resolved else { continue }
      if let season { plan.demand.yearly = season }
      services.append(
        LoadedPlan(
          plan: plan, trace: trace, now: options.now,
          isNowGiven: options.isNowGiven, text: text, service: document.isOfSeveral ? name : nil,
          measured: try plan.service.measured.map { try options.access.file($0, beside: path) }))
    }
  }

  /// The season of the year of the series that a plan names for it. Its shape alone counts, so that its unit need not be
  /// known.
  private static func year(
    of source: any TrafficSource, _ plan: Plan, beside file: String, _ options: Options
  ) throws -> YearlySeason {
    let trace = try source.trace(
      TraceOptions(zone: plan.zone, unit: .perSecond),
      SourceSetting(access: options.access.setting(of: file), now: options.now))
    guard let found = YearlySeason(of: trace.series, zone: plan.zone) else {
      throw Diagnostics([
        .error(
          "'like' shows no season of the year: \(source.title) covers \(NumberFormat.duration(trace.series.duration))",
          at: plan.places.filter { $0.key.hasPrefix("traffic.like") }.map(\.value).min { $0.line < $1.line },
          path: "traffic.like", help: "name a series of 13 months and more")
      ])
    }
    return found
  }

  /// The built-in catalog with the user's own file; without it where that is wrong, which is then told.
  private static func catalog(_ own: String?, on base: Catalog, _ faults: inout PlanFaults) -> Catalog {
    guard let own else { return base }
    return faults.catching(at: SourceLocation(file: own, line: 1, column: 1), path: "catalog") {
      try base.adding(try JSON.parse(try Input.read(path: own), file: own))
    } ?? base
  }

  private static func trace(of spec: PlanSpec, beside file: String, _ options: Options, isSound: Bool) throws -> Trace?
  {
    guard options.loadsDemand, case .measured(let source) = spec.traffic.source, isSound || !source.isRemote else {
      return nil
    }
    let progress = options.progress
    let title = source.title
    return try source.trace(
      spec.traffic.traceOptions(zone: spec.traffic.timeZone.flatMap(ZoneFiles.zone(named:)) ?? .utc),
      SourceSetting(
        access: options.access.setting(of: file), now: options.now, progress: { progress(title, $0) }))
  }

  /// A path in a plan file is relative to the plan file.
  public static func path(_ path: String, beside file: String) -> String {
    if path.hasPrefix("/") || path == "-" || file == "-" { return path }
    guard let slash = file.lastIndex(of: "/") else { return path }
    return String(file[...slash]) + path
  }

  /// The contents of a file that a key of the plan names.
  private static func bytes(
    _ name: String, beside plan: String, _ access: PlanAccess
  ) throws(Diagnostics) -> [UInt8] {
    let path: String
    do throws(ConnectingError) {
      path = try access.file(name, beside: plan)
    } catch {
      throw Diagnostics([.error(error.problem, at: nil, help: error.remedy)])
    }
    do throws(DocumentError) {
      return try Input.read(path: path)
    } catch {
      throw Diagnostics([.error(error.problem, at: nil, help: error.remedy.isEmpty ? nil : error.remedy)])
    }
  }
}
