import Quantities

/// What the autoscalers in manifests will do: `headroom import`.
public struct ImportReport: Sendable {
  /// One object that scales something.
  public struct Object: Sendable, Hashable {
    public var kind: String
    public var name: String
    public var namespace: String?
    public var file: String
    /// What it will do, a sentence each.
    public var sentences: [String]
    /// What to write into a plan to simulate it; may be empty.
    public var plan: String

    public init(kind: String, name: String, namespace: String?, file: String, sentences: [String], plan: String) {
      self.kind = kind
      self.name = name
      self.namespace = namespace
      self.file = file
      self.sentences = sentences
      self.plan = plan
    }
  }
  /// Something that is wrong or worth a word: what, and why with what to do.
  public struct Remark: Sendable, Hashable {
    public var isError: Bool
    public var place: String
    public var what: String
    public var because: String

    public init(isError: Bool, place: String, what: String, because: String) {
      self.isError = isError
      self.place = place
      self.what = what
      self.because = because
    }
  }

  public let objects: [Object]
  public let remarks: [Remark]
  public let files: [String]
  public let provenance: Provenance

  public init(_ objects: [Object], remarks: [Remark], files: [String], provenance: Provenance = Provenance()) {
    self.objects = objects
    self.remarks = remarks
    self.files = files
    self.provenance = provenance
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  var headline: String {
    let kinds = Dictionary(grouping: objects, by: \.kind).sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    guard !objects.isEmpty else { return "Nothing in these files scales anything." }
    let counts = kinds.map { "\(NumberFormat.grouped(Double($0.value.count))) \($0.key)" }
    let errors = remarks.filter(\.isError).count
    return
      "\(Wording.count(objects.count, "object")) \(objects.count == 1 ? "scales" : "scale") something: \(Wording.list(counts))."
      + (errors > 0 ? " \(Wording.count(errors, "fault")) the API would refuse." : "")
  }

  func report() -> Report {
    let names = files.joined(separator: ", ")
    var report = Report(
      title: "\(names): what scales", kicker: "\(names) · import", headline: headline,
      facts: [
        .init(NumberFormat.grouped(Double(objects.count)), "objects that scale something"),
        .init(NumberFormat.grouped(Double(Set(objects.map { $0.namespace ?? "" }).count)), "namespaces"),
        .init(NumberFormat.grouped(Double(remarks.filter(\.isError).count)), "faults"),
        .init(NumberFormat.grouped(Double(remarks.filter { !$0.isError }.count)), "worth a word"),
      ])
    if !remarks.isEmpty {
      report.sections.append(
        Report.Section(
          "Look at these", id: "remarks", "Faults first; the API refuses them.",
          [
            .findings(
              (remarks.filter(\.isError) + remarks.filter { !$0.isError }).map {
                Report.Item($0.isError ? .fails : .warns, tag: $0.place, what: $0.what, because: $0.because)
              })
          ]))
    }
    for (i, object) in objects.prefix(200).enumerated() {
      let place = object.namespace.map { " in \($0)" } ?? ""
      var blocks: [Report.Block] = [.list(Array(object.sentences.dropFirst()))]
      if object.sentences.count < 2 { blocks = [] }
      if !object.plan.isEmpty { blocks.append(.text("In a plan: `\(object.plan)`")) }
      report.sections.append(
        Report.Section(
          "\(object.kind) \(object.name)\(place)", id: "object-\(i + 1)", object.sentences.first ?? "", blocks))
    }
    if objects.count > 200 {
      report.sections.append(
        Report.Section(
          "The others", id: "others",
          "\(Wording.count(objects.count - 200, "object")) more are in the JSON (-o import.json)."))
    }
    report.footer = LoadPage.footer(provenance)
    return report
  }
}
