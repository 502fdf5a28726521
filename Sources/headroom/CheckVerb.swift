import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Scaling
import Terminal

struct CheckVerb: Verb {
  static let info = VerbInfo(
    "check", "is this plan, or this manifest, still good?",
    discussion: """
      For CI. A plan is answered on today's data: its objectives must hold, nothing in it may ask for action, and its \
      scaling policy must have none of the hazards that are known to hurt on this service (a floor that startup time \
      cannot follow, all pods unready, a window shorter than the metric's way, a tolerance wider than the objective's \
      margin, scale-down faster than a start, two autoscalers on one object, rates that cannot follow the steepest \
      rise).

      A manifest alone is held against what is told of the service here; what is not told is not checked. A plan is a \
      file with 'plan:' and 'traffic:'; anything else is read as manifests.

      Exit code 0: good. 2: something must change. 65: a file that cannot be read.
      """,
    examples: [
      Example("headroom check plan.yaml", "the gate of a pipeline"),
      Example("headroom check hpa.yaml keda.yaml", "manifests alone, and whether they fight"),
      Example(
        "headroom check hpa.yaml --startup 90s --capacity 100/s --trough 500/s --peak 9000/s --ramp 20/s",
        "with the service"),
    ], seeAlso: ["plan", "import", "simulate"], section: "Cluster")

  let common: SharedOptions
  let files: [String]
  let catalog: String?
  let access: PlanAccess
  let startup: Duration
  let metricDelay: Duration
  let capacity: String?
  let trough: String?
  let peak: String?
  let ramp: String?
  let safe: Double?

  init(_ a: inout Arguments) throws(UsageError) {
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    access = try AccessOptions.read(&a)
    a.section("The service of a manifest")
    startup = try a.duration("startup", default: .zero, help: "from the decision until a new replica serves")
    metricDelay = try a.duration("metric-delay", default: .seconds(30), help: "how old a measurement is")
    capacity = try a.option("capacity", value: "RATE", help: "what one replica serves when fully busy, as 100/s")
    trough = try a.option("trough", value: "RATE", help: "the lowest demand")
    peak = try a.option("peak", value: "RATE", help: "the highest demand")
    ramp = try a.option("ramp", value: "RATE", help: "by how much demand rises in a minute, at its steepest")
    safe = try a.option(
      "safe", value: "SHARE", help: "the highest busy share at which the objective still holds, as 0.85")
    a.section("")
    files = try a.positionals("FILE", help: "a plan, or manifests", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isGiven = a.isDeclaring || !files.isEmpty
    a.check(isGiven, "No file is named. Write 'headroom check plan.yaml'.")
    let share = safe ?? 1
    a.check(share > 0 && share <= 1, "--safe is a share above 0 and at most 1, as 0.85.")
  }

  func run() throws -> ExitCode {
    var items: [CheckItem] = []
    var manifests: [ImportedObject] = []
    var surroundings = ManifestSurroundings()
    var problems = Diagnostics()
    for file in files {
      let bytes = try Input.read(path: file)
      let shown = file == "-" ? "standard input" : file
      if try isPlan(bytes, shown) {
        items += try plan(file)
        continue
      }
      let read = ManifestImport.read(bytes, file: shown, zones: ZoneFiles.zone(named:))
      problems.merge(read.problems)
      manifests += read.objects
      surroundings.merge(read.surroundings)
      if read.objects.isEmpty, read.surroundings.isEmpty, !read.problems.hasErrors {
        problems.append(
          .error(
            "nothing in this file scales anything", at: SourceLocation(file: shown, line: 1, column: 1),
            help: "give a plan, or a HorizontalPodAutoscaler, ScaledObject, Knative Service or Ray Serve config"))
      }
    }
    for one in problems.all { common.console.messages.write("\(one)\n") }
    items += try checks(manifests, surroundings)
    let provenance = Provenance(
      version: Headroom.version, seed: common.seed, file: files.first ?? "-", command: ReportWriting.commandLine)
    let report = CheckReport(items, files: files, provenance: provenance)
    ReportWriting.write(report, common)
    if problems.hasErrors { return .badInput }
    return report.isGood ? .done : .objectiveMissed
  }

  private func isPlan(_ bytes: [UInt8], _ file: String) throws(Diagnostics) -> Bool {
    guard let first = try ManifestFile.nodes(bytes, file: file).first else { return false }
    return first["plan"] != nil || first["traffic"] != nil
  }

  /// What the plan's own answer says: verdicts, and the findings that ask for something.
  private func plan(_ file: String) throws -> [CheckItem] {
    let loaded = try PlanFile(file, common, catalog: catalog, access: access)
    return try loaded.currency.shown { try items(of: loaded, file) }
  }

  private func items(of loaded: PlanFile, _ file: String) throws -> [CheckItem] {
    var services: [(name: String, outcome: PlanOutcome)] = []
    for service in loaded.services {
      services.append((service.plan.name, try service.outcome(seed: common.seed)))
    }
    guard loaded.isOfSeveral else {
      return services.flatMap { items($0.outcome.verdicts, $0.outcome.findings, file: file, subject: file) }
    }
    let total = Portfolio(name: loaded.name, services: services, budget: loaded.budget).total
    return services.flatMap { name, outcome in
      items(outcome.verdicts, outcome.findings, file: file, subject: "\(file) \(name)")
    } + items(total.verdicts, total.findings, file: file, subject: file)
  }

  private func items(_ verdicts: [Verdict], _ findings: [Finding], file: String, subject: String) -> [CheckItem] {
    var items = verdicts.map { verdict in
      let words = verdict.words
      return CheckItem(
        verdict.met ? .good : .bad, name: "objective", subject: subject,
        what: "\(words.objective): \(words.got), asked \(words.asked)",
        because: verdict.met ? "" : "Limited by \(words.binding).",
        remedy: verdict.met ? "" : "Ask 'headroom plan \(ShellWord.file(file))' what would hold it.")
    }
    for finding in findings {
      let isHazard = finding.code.hasPrefix("hazard-")
      let level: CheckItem.Level? =
        switch finding.severity {
        case .act: .bad
        // What asks for replicas fails the gate as it heads the report.
        case .change: isHazard || finding.isGate ? .bad : .word
        case .note: isHazard ? .word : nil
        case .holds: nil
        }
      guard let level else { continue }
      let words = finding.words
      items.append(
        CheckItem(
          level, name: finding.code, subject: subject, what: words.what, because: words.because, remedy: words.remedy))
    }
    return items
  }

  private func checks(
    _ manifests: [ImportedObject], _ surroundings: ManifestSurroundings
  ) throws -> [CheckItem] {
    var context = HazardContext(
      startup: startup, metricDelay: metricDelay, replicaCapacity: try rate(capacity, "--capacity"),
      trough: try rate(trough, "--trough"), peak: try rate(peak, "--peak"),
      steepestRamp: try rate(ramp, "--ramp").perSecond / 60, safeUtilization: safe ?? 0.85)
    context.isSafeUtilizationKnown = safe != nil
    func item(_ hazard: Hazard, _ subject: String) -> CheckItem {
      CheckItem(
        hazard.severity == .warning ? .bad : .word, name: hazard.name, subject: subject, what: hazard.what + ".",
        because: hazard.because + ".", remedy: hazard.remedy + ".")
    }
    var items: [CheckItem] = []
    for object in manifests {
      let subject = "\(object.kind) \(object.name)"
      let hazards: [Hazard]
      if let hpa = object.hpa {
        hazards = HazardCheck.check(hpa.spec, context)
      } else if let keda = object.keda {
        hazards = HazardCheck.check(keda.spec, context)
      } else {
        hazards = object.recipe?.hazards(context) ?? []
      }
      items += hazards.map { item($0, subject) }
      if hazards.allSatisfy({ $0.severity == .note }) {
        items.append(
          CheckItem(.good, name: "hazards", subject: subject, what: "No known hazard.", because: "", remedy: ""))
      }
    }
    return items
      + ManifestImport.conflicts(manifests, among: surroundings).map { item($0, "together") }
  }

  private func rate(_ text: String?, _ option: String) throws -> RequestRate {
    guard let text else { return .zero }
    do {
      return try RequestRate.parse(text)
    } catch {
      throw Failure("\(option) \(error.problem): '\(text)'. Here: \(error.remedy).", exitCode: .usage)
    }
  }
}
