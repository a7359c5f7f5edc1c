/// One HTML file with everything in it: sections of text, tables and charts; nothing is loaded from elsewhere.
package struct Page: Sendable, Hashable {
    package var title: String
    /// Under the title: what this is and where it was measured.
    package var lead: String
    package var sections: [Section]

    /// A page from its parts.
    package init(_ title: String, lead: String = "", sections: [Section] = []) {
        self.title = title
        self.lead = lead
        self.sections = sections
    }

    /// A headline and what stands under it.
    package struct Section: Sendable, Hashable {
        package var title: String
        package var blocks: [Block]

        /// A section from its parts.
        package init(_ title: String, _ blocks: [Block] = []) {
            self.title = title
            self.blocks = blocks
        }
    }

    /// A piece of a section.
    package enum Block: Sendable, Hashable {
        /// A paragraph.
        case text(String)
        /// A verdict, in green or red.
        case verdict(String, isGood: Bool)
        /// Lines as they are, such as a command.
        case code(String)
        case table(Table)
        case chart(Chart)
        /// Beside each other where there is room.
        case charts([Chart])
    }
}

/// Rows under headings; the first column is text, the others are numbers.
package struct Table: Sendable, Hashable {
    package var columns: [String]
    package var rows: [[String]]

    /// A table from its parts.
    package init(_ columns: [String], _ rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }
}
