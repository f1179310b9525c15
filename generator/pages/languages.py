"""The words of translated pages, in English: headings, titles of columns, and what texts state.

Localization leaves names, links, requests and JSON as they are, and translates the words around
them: the words that this reader goes by. They are put back into English where they are compared,
and nowhere else: what is kept of a page stays in its language. The languages are those that
references of this kind are translated into: German, Spanish, French, Japanese, Portuguese,
Russian and Chinese.
"""

import re
from collections.abc import Mapping
from typing import Final

# Titles of columns and headings, casefolded. One word may stand for a heading and for a column:
# the vocabulary knows both `property` and `properties`.
TITLES: Final[Mapping[str, str]] = {
    spelled: english
    for english, words in {
        "property": "eigenschaft|eigenschaften|eigenschaftenname|propiedad|propiedades|propriété|propriétés|プロパティ|プロパティ名|propriedade|propriedades|свойство|свойства|属性|属性名称",
        "relationship": "beziehung|beziehungen|relación|relaciones|relation|relations|リレーションシップ|関係|relação|relações|relacionamento|relacionamentos|отношение|отношения|связь|связи|关系",
        "type": "typ|datentyp|tipo|tipo de datos|type de données|型|種類|タイプ|データ型|tipo de dados|тип|тип данных|类型|数据类型",
        "return type": "rückgabetyp|tipo de valor devuelto|tipo devuelto|tipo de devolución|type de retour|type renvoyé|戻り値の型|戻り値の種類|tipo de retorno|возвращаемый тип|тип возвращаемого значения|тип возврата|返回类型",
        "description": "beschreibung|descripción|説明|descrição|описание|说明|描述",
        "name": "nombre|nom|名前|nome|имя|название|名称",
        "value": "wert|werte|valor|valores|valeur|valeurs|値|значение|значения|值",
        "parameter": "parámetro|parámetros|paramètre|paramètres|パラメーター|パラメーター名|parâmetro|parâmetros|параметр|параметры|параметр|参数|参数名称",
        "member": "element|elemente|mitglied|mitglieder|miembro|miembros|membre|membres|メンバー|membro|membros|элемент|элементы|член|члены|участник|成员",
        "method": "methode|methoden|método|métodos|méthode|méthodes|メソッド|метод|методы|方法",
        "header": "kopfzeile|encabezado|en-tête|ヘッダー|cabeçalho|заголовок|标头|标题",
        "authorization": "autorisierung|autorización|autorisation|承認|認証|autorização|авторизация|授权",
        "required": "erforderlich|obligatorio|necesario|obligatoire|requis|必須|obrigatório|necessário|обязательный|обязательно|必需|必填",
        "permission type": "berechtigungstyp|tipo de permiso|type d’autorisation|type d'autorisation|type de permission|アクセス許可の種類|アクセス許可の種類|tipo de permissão|тип разрешения|权限类型",
        "permissions": "berechtigungen|permisos|autorisations|アクセス許可|permissões|разрешения|权限",
        "prerequisites": "voraussetzungen|requisitos previos|conditions préalables|conditions requises|前提条件|pré-requisitos|предварительные условия|предварительные требования|先决条件",
        "http request": "http-anforderung|solicitud http|requête http|http 要求|solicitação http|http-запрос|http 请求",
        "request headers": "anforderungsheader|encabezados de solicitud|en-têtes de demande|en-têtes de requête|要求ヘッダー|cabeçalhos de solicitação|заголовки запроса|请求标头",
        "request body": "anforderungstext|cuerpo de la solicitud|corps de la demande|corps de la requête|要求本文|corpo da solicitação|текст запроса|тело запроса|请求正文",
        "optional query parameters": "optionale abfrageparameter|parámetros de consulta opcionales|paramètres de requête facultatifs|オプションのクエリ パラメーター|省略可能なクエリ パラメーター|parâmetros de consulta opcionais|необязательные параметры запросов|необязательные параметры запроса|可选的查询参数|可选查询参数",
        "function parameters": "funktionsparameter|parámetros de función|paramètres de fonction|関数のパラメーター|関数パラメーター|parâmetros de função|параметры функции|函数参数",
        "response": "antwort|respuesta|réponse|応答|resposta|отклик|ответ|响应",
        "request": "anforderung|solicitud|demande|requête|要求|solicitação|запрос|请求",
        "example": "beispiel|beispiele|ejemplo|ejemplos|exemple|exemples|例|exemplo|exemplos|пример|примеры|示例",
        "json representation": "json-darstellung|representación json|représentation json|json 表記|json 表現|representação json|представление json|json 表示形式",
    }.items()
    for spelled in words.split("|")
}

_CODE: Final = r"`[^`]*`"
_LINKED: Final = r"\[[^\[\]]*\]\([^()]*\)"
# What sentences state: a pattern of the words in any of the languages, and English for it. Those
# that hold a word before what they speak of come first.
_STATEMENTS: Final = tuple(
    (re.compile(pattern, re.I), english)
    for pattern, english in (
        (rf"({_LINKED})\s*(?:オブジェクト|クラス)?\s*から(?:の)?継承(?:されます|します|された|され)?", r"Inherited from \1"),
        (rf"(\$\w+(?:\s*\([^()]*\))?|{_CODE}(?:\s*\([^()]*\))?)\s*をサポート(?:します)?", r"Supports \1"),
        (rf"({_CODE})\s*(?:でのみ返されます|上にのみ返されます|に対してのみ返されます)", r"Returned only on \1"),
        (r"\b(?:wird |se |der wert wird |as |a )?(?:geerbt von|heredado de|hereda de|heredada de|hérité de|héritée de|herdado de|herdada de|унаследован\w* от|наследуется от)\b|继承自", "Inherited from"),
        (r"\b(?:erbt von|hérite de|herda de|наследует от|наследует)\b", "Inherits from"),
        (r"\b(?:schreibgeschützt|nur lesezugriff)\b|\b(?:de )?solo lectura\b|\b(?:en |est en )?lecture seule\b|読み取り専用(?:です)?|\b(?:somente leitura|só leitura|somente para leitura)\b|\b(?:доступно )?только для чтения\b|只读", "Read-only"),
        (r"\blässt keine nullwerte zu\b|\bnicht nullwerte zulassend\b|\bno (?:admite|acepta) (?:valores )?null\w*|\bn['’](?:accepte|autorise) pas (?:les valeurs )?null\w*|\bnon nullable\b|null 値は許可されません|null 許容(?:では|型では)ありません|null にすることはできません|\bnão (?:é |são )?(?:anulável|anuláveis)|\bnão (?:permite|aceita) (?:valores? )?nulos?|\bне допускает (?:значени\w+ )?null\b|\bзначение null не допускается\b|不可(?:为|以为) ?(?:null|空)", "Not nullable"),
        (r"\blässt nullwerte zu\b|\b(?:admite|acepta) valores null\w*|\baccepte les valeurs null\w*|null 許容型?(?:です)?|null 値を許可します|\b(?:anulável|permite valor nulo)\b|\bдопускается значение null\b|\bдопускает (?:значени\w+ )?null\b|可(?:为|以为) ?(?:null|空)", "Nullable"),
        (r"\bschlüssel der entität\b|\bclave de la entidad\b|\bclé de l['’]entité\b|エンティティのキー(?:です)?|\bchave da entidade\b|\bключ (?:сущности|объекта)\b|实体的?键", "Key of the entity"),
        (r"\b(?:die )?möglichen? werte(?: sind| lauten)?\b|\b(?:los )?(?:posibles valores|valores posibles)(?: son)?\b|\b(?:les )?valeurs possibles(?: sont)?\b|(?:使用可能な|可能な|使用できる|考えられる)値(?:は次のとおりです|は、?|です)?|\b(?:os )?(?:possíveis valores|valores possíveis)(?: são)?\b|\b(?:возможные|допустимые) значения\b|(?:可能的?值|可取值|可用值|支持的值)(?:为|是|包括|包含)?", "Possible values are: "),
        (r"\bstandardwert ist\b|\bel valor predeterminado es\b|\bla valeur par défaut est\b|既定値は|\bo valor padrão é\b|\bзначение по умолчанию\s*(?:—|-|–|:)|默认值(?:为|是)", "The default value is "),
        (r"\b(?:nur|wird nur) (?:bei|mit|für) (?=`)|\b(?:se )?devuelve(?:n)? (?:solo|solamente|únicamente) en\b|\bdevuelto solo en\b|\b(?:renvoyé|retourné)e?s? uniquement (?:sur|avec)\b|\bretornad[oa]s? (?:somente|apenas) em\b|\bвозвращается только (?:при|с|по|для)\b|仅在", "Returned only on "),
        (r"\bunterstützt\b|\b(?:admite|compatible con|es compatible con)\b|\bprend en charge\b|\b(?:oferece suporte a|dá suporte a|suporta|compatível com)\b|\bподдерживает(?:ся)?\b|支持", "Supports "),
        (r"\bveraltet\b|\b(?:en desuso|obsoleto)\b|\bdéconseillé\b|非推奨|\bpreterido\b|\b(?:устарел[ао]?|не рекомендуется)\b|已弃用", "Deprecated."),
        (r"\b(?:gibt im antworttext nichts zurück|gibt nichts im antworttext zurück)\b|\bno devuelve nada\b|\bne (?:renvoie|retourne) rien\b|応答本文には?何も返され?ません|\bnão retorna nada\b|\b(?:ничего не возвращает|не возвращает ничего)\b|(?:不在|不会在|未在)响应正文中返回任何内容", "does not return anything"),
        (r"\bkeinen anforderungstext\b|\bno (?:proporcione|incluya|especifique) (?:un |ningún )?cuerpo\b|\bne fournissez pas (?:de|le) corps\b|\bn['’]indiquez pas le corps\b|要求本文を(?:指定|提供)しない(?:で|でください)?|\bnão forneça (?:um |nenhum )?corpo\b|\bне (?:указывайте|предоставляйте) (?:текст|тело) запроса\b|(?:请勿|请不要|不要|不)(?:为此方法)?提供(?:此方法)?(?:的)?请求正文", "Do not supply a request body"),
        (r"\bjson-(?:darstellung|objekt)\b|\brepresentación json\b|\bobjeto json\b|\breprésentation json\b|\bobjet json\b|json (?:表記|表現|オブジェクト)|\brepresentação json\b|\bпредставление\w* json\b|\bобъект\w* json\b|json (?:表示形式|对象)", "JSON representation of "),
        (r"\b(?:sammlung|auflistung)(?: von)?\b|\bcolección(?: de)?\b|\bcollection (?:d['’]|de )|コレクション|\bcoleção(?: de)?\b|\bколлекци\w+\b|集合", " collection of "),
        (r"\b(?:objekten?s?|objekte des typs|objetos?|objets?|объект\w*)\b|オブジェクト|对象", " object "),
        (r"\b(?:erforderlich|obligatorio|obligatoria|obligatoire|requis|obrigatóri[oa]|обязательн\w+|требуется)\b|必須|必需|必填", "Required"),
    )
)  # fmt: skip
_BLANKS: Final = re.compile(" {2,}")
_STOPS: Final = str.maketrans({"。": ". ", "：": ": ", "、": ", ", "，": ", ", "；": "; ", "（": " (", "）": ") "})  # fmt: skip
# What the statements that have no letter beyond ASCII are known by: looking for these is quick.
_CLUES: Final = (
    "lectura", "lecture seule", "leitura", "lesezugriff", "nur bei", "nur mit", "erforderlich", "obligat",
    "requis", "hereda", "herda", "geerbt", "erbt von", "posibles", "possibles", "clave de", "chave da",
    "admite", "no acepta", "accepte", "en charge", "suport", "veraltet", "desuso", "obsoleto", "preterido",
    "devuel", "retornad", "valor nulo", "sammlung", "auflistung", "objeto", "objekt", "objet", "gibt im",
    "representaci",
)  # fmt: skip

# Words in a type's cell.
_TYPES: Final = tuple(
    (re.compile(pattern, re.I), english)
    for pattern, english in (
        (r"\s*-?(?:sammlung|auflistung)(?: von)?\b|\bcolección(?: de)?\b|\bcollection (?:d['’]|de )|コレクション|\bcoleção(?: de)?\b|\bколлекци\w+\b|集合", " collection "),
        (r"\bzeichenfolgen?\b|\bcadenas?(?: de caracteres)?\b|\bchaînes?(?: de caractères)?\b|文字列|\bcadeias?(?: de caracteres)?\b|\bстрок\w*\b|字符串", "String"),
        (r"\bboolesch\w*(?: wert)?\b|\bbooleanos?\b|\bbooléen\w*\b|ブール(?:値|型)?|\bboolianos?\b|\bлогическ\w+(?: значение)?\b|布尔(?:值|型)?", "Boolean"),
        (r"\bganze zahl\b|\bganzzahl\b|\bentero\b|\bentier\b|整数|\binteiro\b|\bцелое число\b", "Integer"),
    )
)  # fmt: skip

_ASCII_TYPES: Final = re.compile(
    r"sammlung|auflistung|zeichenfolge|\bcade|collection d|bool?[ei]?ano|boolesch|ente?i?ro\b|entier\b|inteiro|\bganz",
    re.I,
)


def title(text: str) -> str:
    """A heading or title of a column, casefolded, in English; as it is if it is no translated one."""
    return TITLES.get(text, text)


def english(text: str) -> str:
    """`text` with what it states in English, for reading; other words stay as they are."""
    if text.isascii():
        lowered = text.lower()
        if not any(clue in lowered for clue in _CLUES):
            return text
    text = text.translate(_STOPS)
    for pattern, words in _STATEMENTS:
        text = pattern.sub(words, text)
    return _BLANKS.sub(" ", text)


def english_type(cell: str) -> str:
    """A type's cell with translated words for primitive types and collections in English."""
    if cell.isascii() and not _ASCII_TYPES.search(cell):
        return cell
    for pattern, words in _TYPES:
        cell = pattern.sub(words, cell)
    return " ".join(cell.split())
