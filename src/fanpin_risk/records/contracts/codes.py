"""Code lists of the record tables: official Chinese words, our codes, English words.

Sources: the national export's lists as read out of public checking rules, and the founding text
(policy notes, sections 12 and 13, mark E). A source file may translate other words to these codes.
"""

from __future__ import annotations

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.records.contracts.model import CodeList


def _codes(name: str, **words: tuple[str, str]) -> CodeList:
    """Put a list together; a trailing underscore keeps a code off Python's own words."""
    return CodeList(name=name, words={key.removesuffix("_"): value for key, value in words.items()})


CAUSES = CodeList(
    name="cause",
    words={cause.name.lower(): (cause.value, CAUSE_WORDS[cause].title_en) for cause in Cause},
)
HOUSEHOLD_TYPES = _codes(
    "household_type",
    general=("一般农户", "ordinary rural household"),
    out_of_poverty=("脱贫户", "formerly registered poor"),
)
MONITORED_TYPES = _codes(
    "monitored_type",
    unstable=("脱贫不稳定户", "formerly poor, unstable"),
    marginal=("边缘易致贫户", "marginal, may fall into poverty"),
    sudden=("突发严重困难户", "sudden serious difficulty"),
)
EXIT_WAYS = _codes(
    "exit_way",
    by_help=("帮扶消除", "by help"),
    natural=("自然消除", "by itself"),
)
RELATIONS = _codes(
    "relation",
    head=("户主", "head"),
    spouse=("配偶", "spouse"),
    son=("之子", "son"),
    daughter=("之女", "daughter"),
    daughter_in_law=("之儿媳", "daughter-in-law"),
    son_in_law=("之女婿", "son-in-law"),
    grandchild=("之孙子/女", "son's child"),
    grandchild_maternal=("之外孙子/女", "daughter's child"),
    father=("之父", "father"),
    mother=("之母", "mother"),
    parent_of_wife=("之岳父/母", "wife's parent"),
    parent_of_husband=("之公公/婆婆", "husband's parent"),
    grandparent=("之祖父/母", "father's parent"),
    grandparent_maternal=("之外祖父/母", "mother's parent"),
    sibling=("之兄弟姐妹", "brother or sister"),
    great_grandchild=("之曾孙子/女", "great-grandchild"),
    nephew_niece=("之侄儿/女", "nephew or niece"),
    sister_in_law=("之兄弟媳妇", "brother's wife"),
    uncle=("之叔伯", "uncle"),
    other=("其他", "other"),
)
SEXES = _codes("sex", male=("男", "male"), female=("女", "female"))
EDUCATION = _codes(
    "education",
    none_=("文盲或半文盲", "illiterate or half-literate"),
    primary=("小学", "primary school"),
    junior=("初中", "junior secondary"),
    senior=("高中", "senior secondary"),
    college=("大专", "junior college"),
    university=("本科及以上", "bachelor or higher"),
)
SCHOOL_STATES = _codes(
    "school_state",
    preschool_age=("学龄前儿童", "below school age"),
    kindergarten=("学前教育", "kindergarten"),
    primary=("小学", "primary school"),
    grade_7=("七年级", "grade 7"),
    grade_8=("八年级", "grade 8"),
    grade_9=("九年级", "grade 9"),
    senior_1=("普通高中一年级", "senior secondary 1"),
    senior_2=("普通高中二年级", "senior secondary 2"),
    senior_3=("普通高中三年级", "senior secondary 3"),
    vocational_1=("中职一年级", "secondary vocational 1"),
    vocational_2=("中职二年级", "secondary vocational 2"),
    vocational_3=("中职三年级", "secondary vocational 3"),
    higher_vocational_1=("高职高专一年级", "higher vocational 1"),
    higher_vocational_2=("高职高专二年级", "higher vocational 2"),
    higher_vocational_3=("高职高专三年级", "higher vocational 3"),
    technician_1=("技师学院一年级", "technician college 1"),
    technician_2=("技师学院二年级", "technician college 2"),
    technician_3=("技师学院三年级", "technician college 3"),
    technician_4=("技师学院四年级", "technician college 4"),
    bachelor_1=("本科一年级", "bachelor 1"),
    bachelor_2=("本科二年级", "bachelor 2"),
    bachelor_3=("本科三年级", "bachelor 3"),
    bachelor_4=("本科四年级", "bachelor 4"),
    bachelor_5=("本科五年级", "bachelor 5"),
    postgraduate=("硕士研究生及以上", "postgraduate"),
)
DROPOUT_REASONS = _codes(
    "dropout_reason",
    illness=("因病", "illness"),
    disability=("因残", "disability"),
    unwilling=("厌学", "does not want to go"),
    other=("其他", "other"),
)
LABOUR_SKILLS = _codes(
    "labour_skill",
    ordinary=("普通劳动力", "ordinary labour"),
    skilled=("技能劳动力", "skilled labour"),
    weak=("弱劳动力或半劳动力", "weak or half labour"),
    lost=("丧失劳动力", "labour capacity lost"),
    none_=("无劳动力", "no labour capacity"),
)
DISABILITY_KINDS = _codes(
    "disability_kind",
    sight=("视力残疾", "sight"),
    hearing=("听力残疾", "hearing"),
    speech=("言语残疾", "speech"),
    limb=("肢体残疾", "limb"),
    intellectual=("智力残疾", "intellectual"),
    mental=("精神残疾", "mental"),
    multiple=("多重残疾", "multiple"),
)
DIBAO_STATES = _codes(
    "dibao_state",
    none_=("未享受", "none"),
    rural=("农村低保", "rural minimum living allowance"),
    urban=("城市低保", "urban minimum living allowance"),
)
TEKUN_STATES = _codes(
    "tekun_state",
    none_=("不享受", "none"),
    rural=("农村特困", "rural destitute support"),
    urban=("城市特困", "urban destitute support"),
)
MEMBERSHIP_STATES = _codes(
    "membership_state",
    present=("在户", "lives there"),
    away=("外出", "away, belongs to the household"),
    left=("迁出", "left the household"),
    died=("死亡", "died"),
)
HOUSEHOLD_CHANGES = _codes(
    "household_change",
    split=("分户", "split off into a new household"),
    merge=("并户", "merged into another household"),
    renumbered=("户编号变更", "same household, new number"),
    moved_in=("迁入", "moved into the county"),
    moved_away=("整户迁出", "whole household moved away"),
    dissolved=("整户死亡消亡", "last member died"),
)
WORK_PLACES = _codes(
    "work_place_kind",
    village=("村内", "in the village"),
    township=("乡镇内", "in the township"),
    county=("县内", "in the county"),
    province=("省内县外", "in the province"),
    outside=("省外", "outside the province"),
    abroad=("境外", "abroad"),
)
JOB_CHANNELS = _codes(
    "job_channel",
    own=("自主就业", "found alone"),
    organised=("政府组织劳务输出", "organised labour export"),
    workshop=("帮扶车间", "help workshop"),
    work_relief=("以工代赈", "work relief"),
    public_post=("公益性岗位", "public-welfare post"),
    relatives=("亲友介绍", "through relatives or friends"),
    other=("其他", "other"),
)
PUBLIC_POSTS = _codes(
    "public_post",
    forest_ranger=("生态护林员", "forest ranger"),
    cleaner=("保洁员", "cleaner"),
    road=("护路员", "road keeper"),
    water=("护水员", "water keeper"),
    care=("护理员", "carer"),
    other=("其他公益性岗位", "other public-welfare post"),
)
INCOME_ITEMS = _codes(
    "income_item",
    wage=("工资性收入", "wages"),
    business=("生产经营性收入", "farm and business receipts"),
    business_cost=("生产经营性支出", "farm and business costs"),
    property=("财产性收入", "property income"),
    transfer=("转移性收入", "transfers, not told apart"),
    pension=("养老金", "pension"),
    dibao=("低保金", "minimum living allowance"),
    tekun=("特困人员救助供养金", "destitute support"),
    disability_benefit=("残疾人补贴", "disability benefit"),
    child_benefit=("计划生育金", "family planning benefit"),
    ecological=("生态补偿金", "ecological compensation"),
    farm_subsidy=("农业补贴", "farm subsidy"),
    temporary_relief=("临时救助", "temporary relief"),
    family_support=("赡养抚养收入", "support from relatives"),
    asset_dividend=("资产收益扶贫分红", "dividend of project assets"),
    other_transfer=("其他转移性收入", "other transfers"),
)
INCOME_WINDOWS = _codes(
    "income_window",
    rolling=("前12个月", "the twelve months before"),
    collection_year=("采集年度", "October to September"),
    payment=("单笔", "a single payment"),
)
BILL_KINDS = _codes(
    "bill_kind",
    inpatient=("住院", "inpatient"),
    outpatient=("门诊", "outpatient"),
    outpatient_special=("门诊慢特病", "outpatient, chronic or special illness"),
    pharmacy=("购药", "medicine bought"),
)
ILLNESS_CLASSES = _codes(
    "illness_class",
    ordinary=("一般疾病", "ordinary illness"),
    chronic=("慢性病", "chronic illness"),
    serious=("大病", "serious illness"),
    treatment_list=("大病专项救治病种", "illness on the treatment list"),
    injury=("意外伤害", "injury"),
)
SPENDING_ITEMS = _codes(
    "spending_item",
    schooling=("教育支出", "schooling"),
    disability=("残疾康复支出", "disability and rehabilitation"),
    disaster=("因灾支出", "after a disaster"),
    accident=("因意外事故支出", "after an accident"),
    housing=("住房安全支出", "safe housing"),
    water=("饮水安全支出", "safe water"),
    care=("照护支出", "care"),
    other=("其他刚性支出", "other rigid spending"),
)
HOUSING_GRADES = _codes(
    "housing_grade",
    a=("A级", "safe"),
    b=("B级", "basically safe"),
    c=("C级", "partly dangerous"),
    d=("D级", "dangerous as a whole"),
)
WATER_QUALITIES = _codes(
    "water_quality",
    good=("达标", "meets the standard"),
    poor=("不达标", "does not meet it"),
)
SHOCK_KINDS = _codes(
    "shock_kind",
    disaster=("自然灾害", "natural disaster"),
    accident=("意外事故", "accident"),
    fire=("火灾", "fire"),
    death=("家庭成员死亡", "death of a member"),
    worker_lost=("主要劳动力丧失", "loss of a main worker"),
    failed_crop=("种植失败", "failed crop"),
    failed_livestock=("养殖失败", "livestock lost"),
    failed_business=("经营失败", "failed business"),
    price_fall=("产品滞销降价", "product unsold or price fall"),
    job_loss=("失业", "job loss"),
)
DISASTER_KINDS = _codes(
    "disaster_kind",
    flood=("洪涝灾害", "flood"),
    geological=("地质灾害", "geological"),
    drought=("干旱灾害", "drought"),
    biological=("生物灾害", "biological"),
    weather=("气象灾害", "weather"),
    earthquake=("地震灾害", "earthquake"),
    other=("其他灾害", "other"),
)
MEASURES = _codes(
    "measure",
    industry=("产业帮扶", "industry help"),
    employment=("就业帮扶", "employment help"),
    finance=("金融帮扶", "finance help"),
    public_post=("公益性岗位帮扶", "public-welfare post"),
    health=("健康帮扶", "health help"),
    education=("教育帮扶", "education help"),
    compulsory_schooling=("义务教育保障", "compulsory schooling secured"),
    housing=("住房安全保障", "safe housing secured"),
    relocation=("搬迁", "relocation"),
    water=("饮水安全保障", "safe water secured"),
    infrastructure=("基础设施建设", "infrastructure"),
    living_conditions=("生产生活条件改善", "better living and working conditions"),
    safety_net=("综合保障", "safety net"),
    social=("社会帮扶", "help from society"),
    premium_aid=("参保资助", "premium aid"),
    temporary_relief=("临时救助", "temporary relief"),
)
INSURANCES = _codes(
    "insurance",
    basic_medical=("城乡居民基本医疗保险", "basic medical, residents"),
    employee_medical=("职工基本医疗保险", "basic medical, employees"),
    serious_illness=("大病保险", "serious-illness insurance"),
    commercial_medical=("商业补充医疗保险", "commercial medical"),
    pension=("城乡居民基本养老保险", "pension, residents"),
    employee_pension=("城镇职工基本养老保险", "pension, employees"),
    accident=("人身意外保险", "accident insurance"),
    crop=("农业保险", "crop and livestock insurance"),
    poverty=("防贫保险", "poverty-prevention insurance"),
)
LOAN_KINDS = _codes(
    "loan_kind",
    small_credit=("脱贫人口小额信贷", "small credit for the formerly poor"),
    student=("助学贷款", "student loan"),
    startup=("创业担保贷款", "guaranteed start-up loan"),
    farm=("农户贷款", "farm loan"),
    other=("其他贷款", "other loan"),
)
CLUE_CHANNELS = _codes(
    "clue_channel",
    household=("农户自主申报", "the household itself"),
    one_key=("一键报贫", "one-key platform"),
    department=("部门筛查预警", "warning of a department"),
    cadre=("干部走访排查", "visit of a cadre"),
    round_=("集中排查", "central screening round"),
)
VERIFICATION_RESULTS = _codes(
    "verification_result",
    confirmed=("属实", "confirmed"),
    not_confirmed=("不属实", "not confirmed"),
    not_reached=("未见到人", "nobody met"),
)
LISTING_DECISIONS = _codes(
    "listing_decision",
    listed=("纳入", "listed"),
    refused=("不纳入", "not listed"),
)
VISIT_RESULTS = _codes(
    "visit_result",
    in_need=("有困难", "in need"),
    no_need=("无困难", "not in need"),
    not_met=("未见到人", "nobody met"),
    refused=("拒绝", "refused"),
)
OVERRIDES = _codes(
    "override",
    added=("人工加入走访", "added to the visits by hand"),
    postponed=("推迟走访", "visit postponed"),
    disagrees=("不同意理由", "does not agree with the reasons"),
)
CROPS = _codes(
    "product",
    corn=("玉米", "corn"),
    soya=("大豆", "soya"),
    rice=("水稻", "rice"),
    potato=("马铃薯", "potato"),
    vegetable=("蔬菜", "vegetables"),
    herb=("中药材", "medicinal herbs"),
    cattle=("肉牛", "beef cattle"),
    pig=("生猪", "pigs"),
    sheep=("羊", "sheep"),
    poultry=("家禽", "poultry"),
    other=("其他", "other"),
)
