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

      --against holds a plan against an earlier answer ('headroom plan main.yaml --json'), another plan file, or what the \
      plan was on a branch or commit: what changed in cost, headroom, machines, service and objectives, and what of it is \
      worse. With --only-worse, what was wrong there already is told and fails nothing; --cost-rise fails a plan that costs \
      so much more.

      --also writes further forms of the same check: junit, github (annotations), gitlab (code quality), markdown, json, \
      html.

      Exit code 0: good. 2: something must change. 65: a file that cannot be read. 64: the command line is wrong.
      """,
    examples: [
      Example("headroom check plan.yaml", "the gate of a pipeline"),
      Example("headroom check hpa.yaml keda.yaml", "manifests alone, and whether they fight"),
      Example(
        "headroom check hpa.yaml --startup 90s --capacity 100/s --trough 500/s --peak 9000/s --ramp 20/s",
        "with the service"),
      Example(
        "headroom check plan.yaml --against origin/main --only-worse --also junit=check.xml --also markdown=summary.md",
        "in a pull request"),
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
  let against: String?
  let isOnlyWorse: Bool
  let costRise: Fraction?
  let also: [(format: OutputFormat, file: String)]

  init(_ a: inout Arguments) throws(UsageError) {
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    access = try AccessOptions.read(&a)
    a.section("In a pipeline")
    against = try a.option(
      "against", value: "PLAN|JSON|REVISION", help: "what the plan is held against", completion: .files([]))
    isOnlyWorse = a.flag("only-worse", help: "what was wrong there already fails nothing")
    let rise: String? = try a.option(
      "cost-rise", value: "SHARE", help: "fail where the month costs more than this above it, as 5%")
    costRise = rise.flatMap { try? Fraction.parse($0) }
    let isShare = rise == nil || (costRise.map { $0.rawValue >= 0 } ?? false)
    a.check(isShare, "'--cost-rise' is a share from 0 up. Write --cost-rise 5%.")
    let isHeld = against != nil || (!isOnlyWorse && rise == nil)
    a.check(isHeld, "'--only-worse' and '--cost-rise' compare with something. Add --against main.json.")
    let further: [String] = try a.options(
      "also", value: "FORM=FILE", help: "write this form of the check to a file as well")
    also = further.compactMap { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      return parts.count == 2 && !parts[1].isEmpty ? (OutputFormat(rawValue: parts[0]), parts[1]) : nil
    }
    let isKnown = also.count == further.count && also.allSatisfy { Self.formats.contains($0.format) }
    a.check(
      isKnown,
      "'--also' is a form and a file, as junit=check.xml. Forms: \(Self.formats.map(\.rawValue).joined(separator: ", "))."
    )
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
    common = try SharedOptions(&a, formats: Self.formats, seed: 1, now: true)
    let isOne = against == nil || files.count <= 1
    a.check(isOne, "'--against' compares one plan. Name one file.")
    let isGiven = a.isDeclaring || !files.isEmpty
    a.check(isGiven, "No file is named. Write 'headroom check plan.yaml'.")
    let share = safe ?? 1
    a.check(share > 0 && share <= 1, "--safe is a share above 0 and at most 1, as 0.85.")
  }

  static let formats: [OutputFormat] = [.text, .html, .json, .markdown, .junit, .github, .gitlab]

  func run() throws -> ExitCode {
    var items: [CheckItem] = []
    var comparison: PlanComparison?
    var manifests: [ImportedObject] = []
    var surroundings = ManifestSurroundings()
    var problems = Diagnostics()
    for file in files {
      let bytes = try Input.read(path: file)
      let shown = file == "-" ? "standard input" : file
      if try isPlan(bytes, shown) {
        let (found, compared) = try plan(file)
        items += found
        comparison = compared
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
    if let against, comparison == nil {
      throw Failure(
        "'--against \(against)' compares a plan, and \(files.first ?? "-") is none. Name a plan file.", exitCode: .usage
      )
    }
    var report = CheckReport(items, files: files, provenance: provenance)
    report.comparison = comparison.map { (against ?? "", $0.changes) }
    if let text = Self.text(report, common.format) {
      common.console.write(text)
    } else {
      ReportWriting.write(report, common)
    }
    for (format, file) in also {
      let text = Self.text(report, format) ?? report.terminal(width: 100, style: .plain)
      try Output.write(text, to: file)
    }
    if problems.hasErrors { return .badInput }
    return report.isGood ? .done : .objectiveMissed
  }

  private func isPlan(_ bytes: [UInt8], _ file: String) throws(Diagnostics) -> Bool {
    guard let first = try ManifestFile.nodes(bytes, file: file).first else { return false }
    return first["plan"] != nil || first["traffic"] != nil
  }

  /// What the plan's own answer says: verdicts, and the findings that ask for something.
  private func plan(_ file: String) throws -> (items: [CheckItem], comparison: PlanComparison?) {
    let loaded = try PlanFile(file, common, catalog: catalog, access: access)
    return try loaded.currency.shown {
      let services = try outcomes(of: loaded)
      let comparison = try against.map { against in
        PlanComparison(
          before: try EarlierPlan(against, of: file, common, catalog: catalog, access: access).document,
          after: try EarlierPlan.document(loaded, services))
      }
      return (items(of: loaded, services, file, comparison), comparison)
    }
  }

  private func outcomes(of loaded: PlanFile) throws -> [(name: String, outcome: PlanOutcome)] {
    var services: [(name: String, outcome: PlanOutcome)] = []
    for service in loaded.services {
      services.append((service.plan.name, try service.outcome(seed: common.seed)))
    }
    return services
  }

  private func items(
    of loaded: PlanFile, _ services: [(name: String, outcome: PlanOutcome)], _ file: String,
    _ comparison: PlanComparison?
  ) -> [CheckItem] {
    var all: [CheckItem] = []
    for (name, outcome) in services {
      let service = loaded.isOfSeveral ? name : ""
      all += items(
        outcome.verdicts, outcome.findings, file: file, subject: service.isEmpty ? file : "\(file) \(name)",
        service: service, outcome.plan, comparison)
    }
    if loaded.isOfSeveral {
      let total = Portfolio(name: loaded.name, services: services, budget: loaded.budget).total
      all += items(total.verdicts, total.findings, file: file, subject: file, service: "", nil, nil)
    }
    guard let comparison, let costRise else { return all }
    for change in comparison.changes where change.isCost && (change.share ?? 0) > costRise.rawValue {
      all.append(
        CheckItem(
          .bad, name: "cost-rise", subject: change.service.isEmpty ? file : "\(file) \(change.service)",
          what: "The month costs \(change.after), where it was \(change.before).",
          because: "It may rise by \(costRise).", remedy: "Change the plan, or allow more: --cost-rise.",
          place: SourceLocation(file: file, line: 1, column: 1)))
    }
    return all
  }

  private func items(
    _ verdicts: [Verdict], _ findings: [Finding], file: String, subject: String, service: String, _ plan: Plan?,
    _ comparison: PlanComparison?
  ) -> [CheckItem] {
    func level(_ level: CheckItem.Level, _ code: String) -> CheckItem.Level {
      level == .bad && isOnlyWorse && comparison?.wasThere(code, service: service) == true ? .word : level
    }
    func place(_ paths: [String]) -> SourceLocation {
      let places = plan?.places ?? [:]
      return paths.lazy.compactMap { places[$0] }.first ?? SourceLocation(file: file, line: 1, column: 1)
    }
    var items = verdicts.map { verdict in
      let words = verdict.words
      return CheckItem(
        level(verdict.met ? .good : .bad, words.objective), name: "objective", subject: subject,
        what: "\(words.objective): \(words.got), asked \(words.asked)",
        because: verdict.met ? "" : "Limited by \(words.binding).",
        remedy: verdict.met ? "" : "Ask 'headroom plan \(ShellWord.file(file))' what would hold it.",
        place: place(["service.objective", "budget", "service"]))
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
          self.isOnlyWorse && level == .bad && comparison?.wasThere(finding.code, service: service) == true
            ? .word : level,
          name: finding.code, subject: subject, what: words.what, because: words.because, remedy: words.remedy,
          place: place(isHazard ? ["scaling"] : ["service.running", "service", "traffic"])))
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
        because: hazard.because + ".", remedy: hazard.remedy + ".",
        place: manifests.first { "\($0.kind) \($0.name)" == subject }.map {
          SourceLocation(file: $0.file, line: 1, column: 1)
        })
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
