/// What a report says, before it is set as a page, as Markdown or as anything else.
///
/// Words before widgets: every section opens with a sentence that is true for its data.
public struct Report: Sendable {
  /// A number that the reader takes away, with the derivation that it links to.
  public struct Fact: Sendable, Hashable {
    public var value: String
    public var meaning: String
    /// The id of the number in the ledger.
    public var number: String?
    public init(_ value: String, _ meaning: String, number: String? = nil) {
      self.value = value
      self.meaning = meaning
      self.number = number
    }
  }

  public struct Section: Sendable {
    public var id: String
    public var heading: String
    public var sentence: String
    public var blocks: [Block]
    public init(_ heading: String, id: String, _ sentence: String, _ blocks: [Block] = []) {
      self.heading = heading
      self.id = id
      self.sentence = sentence
      self.blocks = blocks
    }
  }

  public enum Block: Sendable {
    case chart(any Chart, id: String, caption: String)
    /// Two parts side by side where there is room.
    case pair(Part, Part)
    case part(Part)
    case text(String)
    case table(Table)
    case findings([Item])
    case list([String])
    /// Lines of a file, as they are to stand there.
    case code(String)
    case ledger([Entry])
  }

  /// A heading of the second order with a sentence and a chart.
  public struct Part: Sendable {
    public var heading: String
    public var sentence: String
    public var chart: (any Chart)?
    public var id: String
    public var caption: String
    public init(_ heading: String, id: String, _ sentence: String, _ chart: (any Chart)?, caption: String = "") {
      self.heading = heading
      self.id = id
      self.sentence = sentence
      self.chart = chart
      self.caption = caption
    }
  }

  public struct Table: Sendable {
    public var columns: [HTML.Column]
    public var rows: [[Cell]]
    public var emphasized: Int?
    public init(_ columns: [HTML.Column], _ rows: [[Cell]], emphasized: Int? = nil) {
      self.columns = columns
      self.rows = rows
      self.emphasized = emphasized
    }
  }

  /// What a table's cell says.
  public struct Cell: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public enum Mark: String, Sendable { case fails, warns, holds }
    public var text: String
    /// The id of the number in the ledger that it links to.
    public var number: String?
    public var mark: Mark?
    /// An address that it leads to, of a page of a site.
    public var link: String?
    public init(_ text: String, number: String? = nil, mark: Mark? = nil, link: String? = nil) {
      self.text = text
      self.number = number
      self.mark = mark
      self.link = link
    }
    public init(stringLiteral value: String) { self.init(value) }
  }

  /// Something to do or to know, with its reason.
  public struct Item: Sendable, Hashable {
    public enum Kind: String, Sendable { case fails, warns, notes, holds }
    public var kind: Kind
    /// `"Act by 23 Nov"`.
    public var tag: String
    public var what: String
    public var because: String
    public init(_ kind: Kind, tag: String, what: String, because: String) {
      self.kind = kind
      self.tag = tag
      self.what = what
      self.because = because
    }
  }

  /// A number with how it was reached.
  public struct Entry: Sendable, Hashable {
    public var id: String
    public var title: String
    public var value: String
    public var formula: String
    public var worked: String
    /// The numbers that it was computed from: id and title.
    public var inputs: [Input]
    /// Where it comes from, in words.
    public var origin: String
    public var because: String

    public struct Input: Sendable, Hashable {
      public var id: String
      public var title: String
    }
  }

  /// The browser's tab.
  public var title: String
  /// Above the headline: what, when, for how long.
  public var kicker: String
  /// The answer.
  public var headline: String
  /// What the reader must know beside the answer; may be empty.
  public var lead: String
  public var facts: [Fact]
  /// The picture that carries the argument, and what it shows.
  public var argument: Part?
  public var sections: [Section]
  /// How the report came about, line by line.
  public var footer: [String]
  /// The ids of the numbers that the report derives; links go only to these.
  public var derived: Set<String> = []

  public init(
    title: String, kicker: String, headline: String, lead: String = "", facts: [Fact] = [], argument: Part? = nil,
    sections: [Section] = [], footer: [String] = []
  ) {
    self.title = title
    self.kicker = kicker
    self.headline = headline
    self.lead = lead
    self.facts = facts
    self.argument = argument
    self.sections = sections
    self.footer = footer
  }
}
