"""What errors say to a privacy officer in Japanese, below the line in English that has code and place."""

from __future__ import annotations

from pipelines.errors import MeiboError

_FAULTS = {
    "asset-unknown": "その資産は検査結果にありません。`meibo report inventory` で確認してください。",
    "audit-failed": "監査記録に書き込めなかったため、値は表示していません。",
    "candidate-unknown": "その候補はいません。--candidate を外して、もう一度検索してください。",
    "configuration": "設定ファイルに誤りがあります。上に示した箇所を直してください。",
    "decision-covers-nothing": "当てはまる検出結果がありません。対象は `meibo report triage` で確認してください。",
    "decisions-elsewhere": "これまでの判断のファイルがありません。検査に使った設定を --estate で指定するか、"
    "ファイルを戻してください。",
    "disk-full": "ディスクの空きが足りません。",
    "disk-read-only": "書き込めないディスクです。--out に書き込める場所を指定してください。",
    "estate-missing": "設定ファイル(estate.yaml)がありません。--estate で指定してください。",
    "incident-no-asset": "当てはまる資産がありません。`meibo report inventory` で確認してください。",
    "incident-nothing": "当てはまる記録がありません。番号、名称、--from と --to の期間を確認してください。",
    "incident-question": "--asset、--order、--mailing、--device のいずれかを指定してください。"
    "--from は --to より前にします。",
    "key-ambiguous": "MEIBO_KEY と MEIBO_KEY_FILE は、どちらか一方だけを設定してください。",
    "key-changed": "検査に使った鍵と違います。同じ鍵を使ってください。",
    "key-file-mode": "鍵ファイルを他の人が読める状態です。所有者だけが読めるようにしてください(chmod 600)。",
    "key-missing": "鍵がありません。MEIBO_KEY または MEIBO_KEY_FILE を設定してください。",
    "key-short": "鍵は16文字以上にしてください。",
    "key-unreadable": "鍵を読めません。",
    "keys-empty": "確認する人の情報がありません。--keys でファイルを指定してください。",
    "keys-line": "示した行を読めません。kind と value、または entity_type と key が要ります。",
    "keys-unreadable": "鍵のファイルを読めません。",
    "keys-weak": "氏名だけなどでは確認できません。番号、または氏名と住所・生年月日を加えてください。",
    "ledger-columns": "台帳の列を読めません。`meibo ledger export` が書き出す見出しにそろえてください。",
    "ledger-too-large": "台帳が大きすぎます。",
    "ledger-unreadable": "台帳(xlsx)を読めません。",
    "locked": "別の検査または取り込みの実行中です。終わってからやり直してください。",
    "not-permitted": "書き込む権限がありません。--out の所有者として実行してください。",
    "notice-column-missing": "起算日または会員番号の列が資産にありません。設定(columns)を確認してください。",
    "notice-not-declared": "猶予日数(grace_days)のある保存区分、起算日の列、会員番号の列(key)を設定してください。",
    "output-missing": "--out の場所がありません。`meibo scan` の出力先を指定してください。",
    "output-unwritable": "そこには書き込めません。書き込める場所を指定してください。",
    "owner-unknown": "その管理者の資産はありません。",
    "query-empty": "氏名、電話番号、メールアドレス、住所、会員番号、生年月日のいずれかを指定してください。",
    "query-unreadable": "入力を読み取れません。書き方を確認してください。",
    "reason-missing": "値を表示する理由を --reason で指定してください。",
    "report-parameter": "報告に渡す値が正しくありません。",
    "report-unknown": "その名前の報告はありません。上に示した名前から選んでください。",
    "request-invalid": "受付番号は英数字と _ . - の40文字以内で、個人情報を含まないものにしてください。"
    "回答日は受付日より前にできません。",
    "request-known": "その受付番号はすでに登録されています。`meibo request list` で確認してください。",
    "request-unknown": "その受付番号は登録されていません。`meibo request list` で確認してください。",
    "requests-unreadable": "請求の記録(state/requests.json)を読めません。バックアップから戻してください。",
    "scan-in-progress": "Airflow による検査の途中です。終わるまで待ってください。",
    "scan-unknown": "その検査はありません。検査番号、日付、previous のいずれかを指定してください。",
    "since-unknown": "その時点の報告の内容は残っていません。",
    "store-empty": "検査結果がまだありません。",
    "store-missing": "検査結果がありません。先に `meibo scan` を実行するか、--out を確認してください。",
    "store-newer": "より新しい Meibo が書いた検査結果です。Meibo を更新してください。",
    "store-unreadable": "検査結果を読めません。`meibo scan` が書いたものを指定してください。",
    "store-version": "以前の版の検査結果です。この版で一度 `meibo scan` を実行してください。",
    "usage": "使い方の誤りです。--help で指定のしかたを確認してください。日付は 2026-11-24、2026/11/24、"
    "令和8年11月24日 のように書きます。",
}


def said(error: MeiboError) -> str:
    """Return the sentence of an error; "" for one that only an operator meets."""
    return _FAULTS.get(error.code, "")


def said_of_usage() -> str:
    """Return the sentence for a command that was called wrongly."""
    return _FAULTS["usage"]
